//! What the executions of one shard share: time, store, programs, dispatcher and the disk queue.

use std::{
    any::Any,
    cell::{Cell, Ref, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use actix::Addr;
use derive_more::Debug;

use crate::{
    actor::{
        Reply, UpdateAnswer,
        committer::CommitHandle,
        deadline::Deadlines,
        execution::Execution,
        gate::Gates,
        message::Reach,
        outbound::Outbound,
        peer::PeerPort,
        pipeline::{Fate, Pipeline, Release, Ticket},
        port::ActivityPort,
        problem::ToldProblems,
        refusal::Refusal,
        retention::RetentionServices,
        run_id::RunNumbers,
        summary::Summary,
        timeline::Timeline,
        update_waiters::UpdateWaiters,
        watch::ThreadWatch,
    },
    clock::{Reading, SharedClock},
    machine::execution::decide::Start,
    model::{
        BuildId, Entry, EventAttributes, ExecutionStatus, Identity, Namespaces, RunId, Timestamp,
        UpdateId, WorkflowExecution, WorkflowId, event::workflow_execution,
    },
    panic::panic_text,
    storage::{Commit, Extent, RunEntry, Store},
    supervision::{Quarantine, Troubles},
    workflow::WorkflowRegistry,
};

/// How a shard treats its executions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub(crate) struct ShardOptions {
    /// Executions kept in memory per shard; those least recently used leave first. Default: 10,000.
    pub max_resident_executions: usize,
    /// Bytes that these may take, as an estimate; past it too those least recently used leave,
    /// except the last one. Default: 256 MiB, which is what 10,000 executions take with 18 KB of
    /// history each.
    pub max_resident_bytes: u64,
    /// Whether a program is dropped after each workflow task and rebuilt by replay for the next;
    /// slow, for tests. Default: no.
    pub replay_every_task: bool,
}

impl Default for ShardOptions {
    fn default() -> Self {
        Self {
            max_resident_executions: 10_000,
            max_resident_bytes: 256 * 1024 * 1024,
            replay_every_task: false,
        }
    }
}

/// What a shard is given when it starts.
#[derive(Clone, Debug)]
pub(crate) struct ShardServices {
    /// The time.
    pub clock: SharedClock,
    /// The store, for reading.
    #[debug(skip)]
    pub store: Arc<dyn Store>,
    /// The way to the committer, for writing.
    pub committer: CommitHandle,
    /// The way to the executions of all shards.
    #[debug(skip)]
    pub peers: Arc<dyn PeerPort>,
    /// The workflow programs.
    pub programs: Arc<WorkflowRegistry>,
    /// What holds in which namespace.
    pub namespaces: Namespaces,
    /// Who this process is, in histories.
    pub identity: Identity,
    /// Which build it is, in histories.
    pub build_id: Option<BuildId>,
    /// What is wrong with the runs of all shards.
    pub troubles: Troubles,
    /// What operators have paused for all runs at once.
    pub gates: Arc<Gates>,
    /// How executions are treated.
    pub options: ShardOptions,
    /// How closed runs are let go.
    pub retention: RetentionServices,
    /// What run ids are made of, if they are to be the same every time.
    pub run_numbers: Option<RunNumbers>,
    /// Where the thread says what it is doing.
    pub watch: Arc<ThreadWatch>,
}

/// The same, with what only the shard's own thread may touch.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) services: ShardServices,
    #[debug(skip)]
    pub(super) activities: Rc<dyn ActivityPort>,
    pub(super) pipeline: RefCell<Pipeline>,
    /// What the wall clock has been through.
    timeline: RefCell<Timeline>,
    pub(super) deadlines: RefCell<Deadlines>,
    /// When the shard's alarm rings, if it is set, by the clock that deadlines are kept by.
    pub(super) armed_for: Cell<Option<Timestamp>>,
    /// Bytes of all executions in memory, as an estimate.
    pub(super) resident_bytes: Cell<u64>,
    /// The runs of earlier processes that had something to do, until they are loaded.
    recovered: RefCell<BTreeSet<RunId>>,
    /// The runs whose workflow tasks wait for a gate to be opened.
    // Bound: open runs.
    held_back: RefCell<BTreeSet<RunId>>,
    /// Which problems of its executions the log has been told.
    pub(super) told_problems: RefCell<ToldProblems>,
    /// The executions that are left alone, of all shards.
    pub(super) quarantine: Quarantine,
    close_waiters: RefCell<CloseWaiters>,
    /// The messages of its runs that are on their way.
    pub(super) outbound: RefCell<Outbound>,
    /// Where to answer messages for its runs that could not take them.
    #[debug(skip)]
    pub(super) parked: RefCell<BTreeMap<RunId, Vec<Reply<()>>>>,
    update_waiters: RefCell<UpdateWaiters>,
    /// Of the runs that were started by the run that they replace, until the shard takes them in.
    summaries: RefCell<BTreeMap<WorkflowId, Rc<Summary>>>,
    /// The runs that have begun by following others, until the shard takes them in.
    arrived: RefCell<Vec<Arrived>>,
    /// Where the next step of any run collects its entries.
    #[debug(skip)]
    spare_entries: Cell<Vec<Entry>>,
}

/// Bound: a vector that has grown longer than this is not kept.
const SPARE_ENTRIES_MAX: usize = 64;

/// Who waits for which run to close.
#[derive(Debug, Default)]
struct CloseWaiters(#[debug(skip)] BTreeMap<RunId, Vec<CloseWaiter>>);

/// Somebody who waits for a run to close, or for the chain that it belongs to.
pub(super) struct CloseWaiter {
    pub(super) reply: Reply<EventAttributes>,
    pub(super) reach: Reach,
}

/// A run that has begun by following another.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) summary: Rc<Summary>,
    #[debug(skip)]
    pub(super) address: Addr<Execution>,
}

impl Shared {
    pub(super) fn new(
        services: ShardServices,
        activities: Rc<dyn ActivityPort>,
        quarantine: Quarantine,
    ) -> Rc<Self> {
        let pipeline = RefCell::new(Pipeline::new(services.committer.clone()));
        let timeline = Timeline::new(services.clock.read());
        Rc::new(Self {
            services,
            activities,
            pipeline,
            timeline: RefCell::new(timeline),
            deadlines: RefCell::default(),
            armed_for: Cell::new(None),
            resident_bytes: Cell::new(0),
            recovered: RefCell::default(),
            held_back: RefCell::default(),
            told_problems: RefCell::default(),
            quarantine,
            close_waiters: RefCell::default(),
            outbound: RefCell::default(),
            parked: RefCell::default(),
            update_waiters: RefCell::default(),
            summaries: RefCell::default(),
            arrived: RefCell::default(),
            spare_entries: Cell::default(),
        })
    }

    /// The present.
    pub(super) fn read_clock(&self) -> Reading {
        let now = self.services.clock.read();
        self.timeline.borrow_mut().observe(now);
        now
    }

    /// What the wall clock shows.
    pub(super) fn now(&self) -> Timestamp {
        self.read_clock().wall
    }

    /// What the wall clock has been through.
    pub(super) fn timeline(&self) -> Ref<'_, Timeline> {
        self.timeline.borrow()
    }

    /// What the clock would show at this time if it had never been put back: what deadlines are
    /// kept by, so that none comes late.
    pub(super) fn never_put_back(&self, at: Timestamp) -> Timestamp {
        self.timeline.borrow().never_put_back(at)
    }

    /// Asks for another shard in the place of this one, which has panicked.
    pub(super) fn give_up(&self, panic: &(dyn Any + Send)) {
        let cause = format!("shard panicked: {}", panic_text(panic));
        if self.services.watch.give_up(cause.clone()) {
            tracing::error!(cause, "a shard can no longer be trusted, and is replaced");
        }
    }

    /// What the index will say of a run that is about to start.
    pub(super) fn new_entry(&self, start: &Start) -> RunEntry {
        RunEntry {
            execution: start.execution.clone(),
            workflow_type: start.workflow_type.clone(),
            status: ExecutionStatus::Running,
            start_request_id: start.request_id.clone(),
            started_at: self.now(),
            closed_at: None,
            task_queue: start.options.task_queue.clone(),
            extent: Extent::default(),
            has_messages: false,
            first_execution_run_id: start.execution.run_id,
            new_execution_run_id: None,
            details: None,
            damage: None,
        }
    }

    /// What the index will say of a run that is about to follow another.
    pub(super) fn entry_of_successor(
        &self,
        execution: WorkflowExecution,
        started: &workflow_execution::Started,
    ) -> RunEntry {
        RunEntry {
            execution,
            workflow_type: started.workflow_type.clone(),
            status: ExecutionStatus::Running,
            start_request_id: started.request_id.clone(),
            started_at: self.now(),
            closed_at: None,
            task_queue: started.task_queue.clone(),
            extent: Extent::default(),
            has_messages: false,
            first_execution_run_id: started.lineage.first_execution_run_id,
            new_execution_run_id: None,
            details: None,
            damage: None,
        }
    }

    /// Tells the shard of a run that has begun, and that it does not know yet.
    pub(super) fn announce(&self, arrived: Arrived) {
        self.arrived.borrow_mut().push(arrived);
    }

    /// Takes the runs that have begun since the last look.
    pub(super) fn take_arrived(&self) -> Vec<Arrived> {
        self.arrived.take()
    }

    /// Leaves the summary of a run for the shard that is about to take the run in.
    pub(super) fn leave_summary(&self, summary: Rc<Summary>) {
        let workflow_id = summary.entry.borrow().execution.workflow_id.clone();
        self.summaries.borrow_mut().insert(workflow_id, summary);
    }

    /// Takes the summary that was left of this execution's new run.
    pub(super) fn take_summary(&self, workflow_id: &WorkflowId) -> Option<Rc<Summary>> {
        self.summaries.borrow_mut().remove(workflow_id)
    }

    /// A vector for the entries of a step, to be given back.
    pub(super) fn take_spare_entries(&self) -> Vec<Entry> {
        self.spare_entries.take()
    }

    /// Takes the entries of a step back, which has been encoded.
    pub(super) fn keep_spare_entries(&self, mut entries: Vec<Entry>) {
        entries.clear();
        if entries.capacity() <= SPARE_ENTRIES_MAX {
            self.spare_entries.set(entries);
        }
    }

    /// Sets or clears the deadline of a run; `true` if the shard has to be woken earlier than it
    /// planned.
    pub(super) fn set_deadline(&self, run_id: RunId, deadline: Option<Timestamp>) -> bool {
        let mut deadlines = self.deadlines.borrow_mut();
        deadlines.set(run_id, deadline.map(|at| self.never_put_back(at)));
        deadlines
            .earliest()
            .is_some_and(|earliest| self.armed_for.get().is_none_or(|armed| earliest < armed))
    }

    /// Takes note of runs of earlier processes that have something to do.
    pub(super) fn keep_recovered(&self, run_ids: impl Iterator<Item = RunId>) {
        self.recovered.borrow_mut().extend(run_ids);
    }

    /// Whether a run is of an earlier process and is loaded for the first time.
    pub(super) fn take_recovered(&self, run_id: RunId) -> bool {
        self.recovered.borrow_mut().remove(&run_id)
    }

    /// Takes note that a run waits for a gate to be opened.
    pub(super) fn hold_back(&self, run_id: RunId) {
        self.held_back.borrow_mut().insert(run_id);
    }

    /// The runs that wait for gates, who look again whether they can go on.
    pub(super) fn take_held_back(&self) -> BTreeSet<RunId> {
        self.held_back.take()
    }

    /// Hands a transition to the committer, and holds what it causes until it is durable.
    pub(super) fn submit(&self, commit: Commit, release: Release) -> Ticket {
        let mut pipeline = self.pipeline.borrow_mut();
        if let Some(reason) = pipeline.failure() {
            let submitted = pipeline.submitted();
            drop(pipeline);
            release(&Fate::Failed(reason));
            return submitted;
        }
        pipeline.submit(commit, release)
    }

    /// Why nothing becomes durable any more, if that is so.
    pub(super) fn failure(&self) -> Option<Refusal> {
        self.pipeline.borrow().failure().map(Refusal::store_failed)
    }

    /// Does something once the transition with this ticket is durable, at once if it is.
    pub(super) fn when_durable(&self, ticket: Ticket, release: impl FnOnce(&Fate) + 'static) {
        let given_back = self.pipeline.borrow_mut().hold(ticket, Box::new(release));
        if let Some((release, fate)) = given_back {
            release(&fate);
        }
    }

    /// Answers once the transition with this ticket is durable.
    pub(super) fn reply_when_durable<T: 'static>(
        &self,
        ticket: Ticket,
        reply: Reply<T>,
        answer: Result<T, Refusal>,
    ) {
        self.when_durable(ticket, move |fate| send_reply(reply, answer, fate));
    }

    /// Answers another run at once: what it decides then is written after what this answer says.
    pub(super) fn answer_peer<T>(&self, reply: Reply<T>, answer: Result<T, Refusal>) {
        if self.pipeline.borrow().is_in_line() {
            // The sender may have left with its thread.
            let _gone = reply.send(answer);
        }
    }

    /// Does all that has become possible since the last look at the disk.
    pub(super) fn release_durable(&self) {
        let (releases, fate) = self.pipeline.borrow_mut().take_released();
        for release in releases {
            release(&fate);
        }
    }

    /// Forgets all that waits for the disk: nobody is left to do it.
    ///
    /// What waits holds on to what its executions share, the store included, and is held by it.
    pub(super) fn abandon_held(&self) {
        let abandoned = self.pipeline.borrow_mut().abandon();
        // Nothing is borrowed while it is dropped, because it may be anybody's code.
        drop(abandoned);
    }

    /// Remembers who wants to know how a run closes; after the store has failed, nobody will.
    pub(super) fn await_close(&self, run_id: RunId, waiter: CloseWaiter) {
        if let Some(reason) = self.pipeline.borrow().failure() {
            // The caller may have given up waiting.
            let _gone = waiter.reply.send(Err(Refusal::store_failed(reason)));
            return;
        }
        let mut waiters = self.close_waiters.borrow_mut();
        let waiting = waiters.0.entry(run_id).or_default();
        waiting.retain(|waiter| !waiter.reply.is_canceled());
        waiting.push(waiter);
    }

    /// Remembers who wants to know what comes of an update.
    pub(super) fn await_update(
        &self,
        run_id: RunId,
        update_id: UpdateId,
        reply: Reply<UpdateAnswer>,
    ) {
        if let Some(reason) = self.pipeline.borrow().failure() {
            // The caller may have given up waiting.
            let _gone = reply.send(Err(Refusal::store_failed(reason)));
            return;
        }
        self.update_waiters
            .borrow_mut()
            .add(run_id, update_id, reply);
    }

    /// Takes out all who want to know what comes of an update.
    pub(super) fn take_update_waiters(
        &self,
        run_id: RunId,
        update_id: &UpdateId,
    ) -> Vec<Reply<UpdateAnswer>> {
        self.update_waiters.borrow_mut().take(run_id, update_id)
    }

    /// Takes out all who want to know what comes of any update of a run.
    pub(super) fn take_all_update_waiters(&self, run_id: RunId) -> Vec<Reply<UpdateAnswer>> {
        self.update_waiters.borrow_mut().take_run(run_id)
    }

    /// Tells all who want to know how some run closes, or what comes of an update, that the store
    /// has failed.
    pub(super) fn refuse_waiters(&self, reason: &str) {
        let refusal = Refusal::store_failed(reason);
        self.update_waiters.borrow_mut().refuse_all(&refusal);
        let waiters = std::mem::take(&mut self.close_waiters.borrow_mut().0);
        for waiter in waiters.into_values().flatten() {
            // The caller may have given up waiting.
            let _gone = waiter.reply.send(Err(Refusal::store_failed(reason)));
        }
    }

    /// Takes out all who want to know how a run closes.
    pub(super) fn take_close_waiters(&self, run_id: RunId) -> Vec<CloseWaiter> {
        self.close_waiters
            .borrow_mut()
            .0
            .remove(&run_id)
            .unwrap_or_default()
    }
}

/// Sends an answer whose cause is durable, or the store's failure in its place.
///
/// What was refused has changed nothing, whatever becomes of the store. What was decided may be on
/// disk although the store has failed.
pub(super) fn send_reply<T>(reply: Reply<T>, answer: Result<T, Refusal>, fate: &Fate) {
    let answer = match fate {
        Fate::Durable => answer,
        Fate::Failed(reason) if answer.is_ok() => Err(Refusal::not_written(reason)),
        Fate::Failed(reason) => Err(Refusal::store_failed(reason)),
    };
    // The caller may have given up waiting.
    let _gone = reply.send(answer);
}
