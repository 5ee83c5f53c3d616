//! The actor itself: what it owns, and where each kind of mail goes.

use std::{
    collections::{BTreeMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use actix::{Actor, Addr, AsyncContext as _, Context, Handler};
use derive_more::Debug;
use futures::{channel::oneshot, future::AbortHandle};

use crate::{
    actor::{
        CountedMail, Outage, Refusal, Reply, ShardServices,
        execution::Execution,
        expiry::Expiry,
        message::{ExecutionMail, ExecutionRequest, Reach, ShardMail, Started, Target},
        outbound::{Answer, MessageKey},
        port::{ActivityPort, NotArchived},
        replacement::ReplacementOutcome,
        residency::Residency,
        run_id::RunIds,
        service::Shared,
        shard::{retain::Letting, wake::RecoveredRun},
        stock::ShardStock,
    },
    clock::Reading,
    machine::execution::decide::Start,
    model::{RunId, WorkflowId},
    storage::RunEntry,
    supervision::{Faults, Quarantine, RestartPolicy},
};

/// What a shard is made of.
#[derive(Debug)]
pub(crate) struct ShardConfig {
    /// What its executions share.
    pub services: ShardServices,
    /// The dispatcher.
    #[debug(skip)]
    pub activities: Rc<dyn ActivityPort>,
    /// What is done about executions that break.
    pub restart_policy: RestartPolicy,
    /// The executions that are left alone, of all shards.
    pub quarantine: Quarantine,
    /// The open runs of earlier processes that need something.
    pub recovered: Vec<RecoveredRun>,
}

/// One thread's executions.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(super) shared: Rc<Shared>,
    pub(super) residency: Residency,
    pub(super) faults: BTreeMap<RunId, Faults>,
    pub(super) restart_policy: RestartPolicy,
    pub(super) run_ids: RunIds,
    pub(super) alarm: Option<AbortHandle>,
    /// Which closed runs are deleted when.
    pub(super) expiry: Expiry,
    pub(super) letting: Letting,
    pub(super) retention_alarm: Option<AbortHandle>,
    /// Whether those that are due wait until others have left memory.
    pub(super) waking_waits: bool,
    releases: Option<AbortHandle>,
    writes: Option<AbortHandle>,
    /// What waits until the open run of its execution has been replaced.
    pub(super) replacing: BTreeMap<WorkflowId, VecDeque<ShardMail>>,
    /// The ends of attempts whose runs could not be read when they came.
    // Bound: each holds the slot of its attempt.
    pub(super) postponed: BTreeMap<RunId, VecDeque<ExecutionMail>>,
    /// Who waits for runs to be deleted that were ended for it and have something to say yet.
    // Bound: one for each such request.
    #[debug(skip)]
    pub(super) ended: BTreeMap<RunId, Vec<(Target, Reply<()>)>>,
    /// What came after the shard had panicked.
    kept: Vec<ShardMail>,
    /// Whether the shard takes no more requests.
    stopping: bool,
    /// Whom to tell once no execution is left in memory.
    #[debug(skip)]
    stopped: Option<oneshot::Sender<()>>,
}

/// What the shard is told by its own executions and by itself.
#[derive(Debug)]
pub(in crate::actor) enum ShardNote {
    /// A deadline now comes earlier than the alarm.
    DeadlineChanged,
    /// The alarm has rung.
    DeadlinePassed,
    /// A closed run is to be deleted, or closed runs to be looked for.
    RetentionDue,
    /// A closed run was archived, or why it was not.
    Archived(RunId, Option<NotArchived>),
    /// Go on with a deletion: its run has been ended for it, or was in memory again.
    Delete(Target, #[debug(skip)] Reply<()>),
    /// A closed run was deleted, if that could be done.
    LetGo(RunId, bool),
    /// A run has closed, durably.
    Closed(RunId),
    /// A run has left memory.
    Evicted(RunId),
    /// A run's actor can no longer be trusted.
    Broken { run_id: RunId, cause: String },
    /// Mail that a broken actor did not take.
    Returned { run_id: RunId, mail: ExecutionMail },
    /// The backoff of a broken run is over.
    Rebuild(RunId),
    /// The open run of an execution has been replaced, or will not be.
    Replaced(Box<ReplacementOutcome>),
    /// A message of a run was answered, or lost.
    Answered {
        key: MessageKey,
        bytes: usize,
        answer: Answer,
    },
    /// A run may send its messages again.
    SendMessages(RunId),
    /// A run can go on with the workflow task that it has open.
    GoOn(RunId),
    /// A run that was to leave memory stays, because it has a workflow task open.
    Stays(RunId, Addr<Execution>),
    /// A run that stayed can leave memory.
    Leaves(RunId),
    /// A run has begun by following another.
    RunArrived,
    /// A request for a run that another has followed meanwhile.
    Follow {
        workflow_id: WorkflowId,
        run_id: RunId,
        request: ExecutionRequest,
        reach: Reach,
    },
    /// A start whose signal or update a run did not take, because it has closed or is not to.
    StartAgain {
        start: Box<Start>,
        reply: Reply<Started>,
        closed: RunId,
    },
}

impl actix::Message for ShardNote {
    type Result = ();
}

impl Shard {
    /// A shard that has not started yet.
    pub(crate) fn new(config: ShardConfig) -> Self {
        let run_ids = RunIds::new(config.services.run_numbers.clone());
        let now = config.services.clock.read().wall;
        let expiry = Expiry::new(config.services.retention.policy.clone(), now);
        let shared = Shared::new(config.services, config.activities, config.quarantine);
        let shard = Self {
            shared,
            residency: Residency::default(),
            faults: BTreeMap::new(),
            restart_policy: config.restart_policy,
            run_ids,
            alarm: None,
            expiry,
            letting: Letting::beginning(now),
            retention_alarm: None,
            waking_waits: false,
            releases: None,
            writes: None,
            replacing: BTreeMap::new(),
            postponed: BTreeMap::new(),
            ended: BTreeMap::new(),
            kept: Vec::new(),
            stopping: false,
            stopped: None,
        };
        shard.plan_recovery(config.recovered);
        shard
    }

    /// The loop that releases what has become durable, with one wake-up a flush.
    fn spawn_releases(&mut self) {
        let shared = Rc::clone(&self.shared);
        let mark = shared.pipeline.borrow().mark();
        let (releases, handle) = futures::future::abortable(async move {
            loop {
                let seen = shared.pipeline.borrow().durable();
                mark.moved_past(seen).await;
                let released = catch_unwind(AssertUnwindSafe(|| shared.release_durable()));
                if let Err(panic) = released {
                    return shared.give_up(&*panic);
                }
                let failure = shared.pipeline.borrow().failure();
                if let Some(reason) = failure {
                    // Nothing becomes durable any more, and so no run closes.
                    shared.refuse_waiters(&reason);
                    return;
                }
            }
        });
        self.releases = Some(handle);
        actix::spawn(releases);
    }

    /// The loop that has written what this shard hands over, where nobody else does: at the end of a
    /// turn of the thread, so that what the turn decides shares a flush.
    fn spawn_writes(&mut self) {
        let shared = Rc::clone(&self.shared);
        let (committer, unattended) = shared.pipeline.borrow().writer();
        let (writes, handle) = futures::future::abortable(async move {
            loop {
                unattended.wait().await;
                // Who waits for the answer of another run goes on with it meanwhile.
                let awaits_answers = !shared.outbound.borrow().is_empty();
                let written = catch_unwind(AssertUnwindSafe(|| {
                    if awaits_answers {
                        committer.call_for_waiting();
                    } else {
                        committer.write_waiting();
                    }
                }));
                if let Err(panic) = written {
                    return shared.give_up(&*panic);
                }
            }
        });
        self.writes = Some(handle);
        actix::spawn(writes);
    }

    /// Lets every execution leave memory, which it does once all that it decided is durable.
    fn stop(&mut self, done: oneshot::Sender<()>) {
        self.stopping = true;
        self.stopped = Some(done);
        for run_id in self.residency.live() {
            self.evict(run_id);
        }
        self.refuse_waiting_for_rebuild();
        self.refuse_ended();
        self.stop_if_empty();
    }

    /// Refuses the mail of runs that are not rebuilt any more.
    fn refuse_waiting_for_rebuild(&mut self) {
        for mail in self.residency.take_waiting_for_rebuild() {
            mail.refuse(Refusal::Unavailable(Outage::ShuttingDown));
        }
    }

    /// Answers whoever stops the shard once no execution is left in memory.
    pub(super) fn stop_if_empty(&mut self) {
        if self.residency.has_left()
            && self.replacing.is_empty()
            && let Some(done) = self.stopped.take()
        {
            // Whoever asked may have given up waiting.
            let _gone = done.send(());
        }
    }

    fn stock(&self) -> ShardStock {
        let pipeline = self.shared.pipeline.borrow();
        ShardStock {
            resident: self.residency.len(),
            leaving: self.residency.leaving(),
            deadlines: self.shared.deadlines.borrow().len(),
            unwritten: pipeline.submitted().saturating_sub(pipeline.durable()),
        }
    }

    /// Whether executions leave memory for good.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Why no request is taken, if that is so.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        if self.stopping {
            return Some(Refusal::Unavailable(Outage::ShuttingDown));
        }
        let failure = self.shared.pipeline.borrow().failure()?;
        Some(Refusal::store_failed(failure))
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        self.shared.abandon_held();
    }
}

impl Actor for Shard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_MAX);
        self.spawn_releases();
        self.spawn_writes();
        self.set_alarm(ctx);
        self.set_retention_alarm(ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        let alarms = [self.alarm.take(), self.retention_alarm.take()];
        let loops = alarms
            .into_iter()
            .chain([self.releases.take(), self.writes.take()]);
        loops.flatten().for_each(|handle| handle.abort());
    }
}

/// Bound: requests that wait for a shard. A caller beyond it waits until there is room.
const MAILBOX_MAX: usize = 4 * 1024;

impl Handler<CountedMail> for Shard {
    type Result = ();

    fn handle(&mut self, counted: CountedMail, ctx: &mut Self::Context) {
        self.handle(counted.mail, ctx);
    }
}

impl Handler<ShardMail> for Shard {
    type Result = ();

    fn handle(&mut self, mail: ShardMail, ctx: &mut Self::Context) {
        if self.is_broken() {
            return self.keep(mail);
        }
        self.guarded(|shard| shard.receive(mail, ctx));
    }
}

impl Shard {
    /// Does something on this shard unless it has panicked before.
    ///
    /// After a panic what the shard knows may be wrong, so it does nothing any more: another one
    /// takes over, from the store. Callers learn of that as they do when a thread is lost.
    fn guarded(&mut self, act: impl FnOnce(&mut Self)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| act(self))) {
            self.shared.give_up(&*panic);
        }
    }

    fn is_broken(&self) -> bool {
        self.shared.services.watch.broken().is_some()
    }

    /// Keeps mail that nobody takes any more until the thread is given up, so that its sender
    /// learns of that.
    fn keep(&mut self, mail: ShardMail) {
        match mail {
            // What was decided is with the committer, and nothing more will be.
            ShardMail::Stop(done) => drop(done.send(())),
            // Bound: one mail of each caller until the thread is given up.
            mail => self.kept.push(mail),
        }
    }

    pub(super) fn receive(&mut self, mail: ShardMail, ctx: &mut Context<Self>) {
        self.take_in_arrived();
        let Some(mail) = self.hold_back(mail) else {
            return;
        };
        match mail {
            ShardMail::Start(request, reply) => match self.refusal() {
                Some(refusal) => drop(reply.send(Err(refusal))),
                None => self.start(*request, reply, ctx),
            },
            ShardMail::StartChild(message, reply) => match self.refusal() {
                Some(refusal) => drop(reply.send(Err(refusal))),
                None => self.start_child(&message, reply, ctx),
            },
            ShardMail::Request(target, request) => match self.refusal() {
                Some(refusal) => request.refuse(refusal),
                None => self.request(&target, request, ctx),
            },
            ShardMail::Delete(target, reply) => match self.refusal() {
                Some(refusal) => drop(reply.send(Err(refusal))),
                None => self.delete(target, reply, ctx),
            },
            ShardMail::Reset(target, request, reply) => match self.refusal() {
                Some(refusal) => drop(reply.send(Err(refusal))),
                None => self.reset(target, *request, reply, ctx),
            },
            ShardMail::Attempt(report) => {
                self.deliver(report.key.run_id, ExecutionMail::Attempt(report), ctx);
            }
            ShardMail::LocalEnded(run_id) => self.go_on(run_id),
            ShardMail::Offer(offer) => self.offer(offer, ctx),
            ShardMail::GateOpened => self.wake_held_back(ctx),
            ShardMail::LineHasRoom(task_queue) => {
                for run_id in self.shared.activities.take_turned_away(&task_queue) {
                    self.deliver(run_id, ExecutionMail::AskAgain, ctx);
                }
            }
            ShardMail::CodeLost { stuck, cause } => self.give_up(*stuck, cause, ctx),
            ShardMail::Resume(target, reply) => {
                let resumed = self.resume(&target, ctx);
                // Whoever asked may have given up waiting.
                let _gone = reply.send(resumed);
            }
            ShardMail::TakeStock(reply) => {
                // Whoever asked may have given up waiting.
                let _gone = reply.send(self.stock());
            }
            ShardMail::Stop(done) => self.stop(done),
        }
    }
}

impl Handler<ShardNote> for Shard {
    type Result = ();

    fn handle(&mut self, note: ShardNote, ctx: &mut Self::Context) {
        if !self.is_broken() {
            self.guarded(|shard| shard.take_note(note, ctx));
        }
    }
}

impl Shard {
    fn take_note(&mut self, note: ShardNote, ctx: &mut Context<Self>) {
        self.take_in_arrived();
        match note {
            // It has been taken in.
            ShardNote::RunArrived => {}
            ShardNote::Follow {
                workflow_id,
                run_id,
                request,
                reach,
            } => self.follow(workflow_id, run_id, (request, reach), ctx),
            ShardNote::DeadlineChanged => self.set_alarm(ctx),
            ShardNote::DeadlinePassed => self.wake_due(ctx),
            ShardNote::Closed(run_id) => {
                self.faults.remove(&run_id);
                // Nothing is left of it that could break.
                self.release(run_id);
                self.unpark(run_id);
                let entry = self.entry(run_id).ok().flatten();
                // What it has to say is under way, and the answer would bring it in again.
                if !entry.as_ref().is_some_and(RunEntry::has_work) {
                    self.evict(run_id);
                }
                if let Some(entry) = entry {
                    self.expiry.closed(&entry, self.shared.now());
                    self.set_retention_alarm(ctx);
                    if !entry.has_work() {
                        self.delete_waiting(run_id, ctx);
                    }
                }
            }
            ShardNote::Delete(target, reply) => self.delete_ended(target, reply, ctx),
            ShardNote::RetentionDue => self.let_go(ctx),
            ShardNote::Archived(run_id, failure) => self.archived(run_id, failure, ctx),
            ShardNote::LetGo(run_id, is_gone) => self.has_gone(run_id, is_gone, ctx),
            ShardNote::Evicted(run_id) => self.evicted(run_id, ctx),
            ShardNote::Broken { run_id, cause } => {
                self.broken(run_id, &cause, ctx);
                if self.stopping {
                    self.refuse_waiting_for_rebuild();
                }
                self.wake_next(ctx);
                self.stop_if_empty();
            }
            ShardNote::Returned { run_id, mail } => self.deliver(run_id, mail, ctx),
            ShardNote::Rebuild(run_id) => {
                let waiting = self.residency.remove(run_id);
                self.deliver(run_id, ExecutionMail::Wake, ctx);
                self.redeliver(run_id, waiting, ctx);
                self.wake_next(ctx);
                self.stop_if_empty();
            }
            ShardNote::Answered { key, bytes, answer } => self.answered(key, bytes, answer, ctx),
            ShardNote::SendMessages(run_id) => {
                self.deliver(run_id, ExecutionMail::SendMessages, ctx);
            }
            ShardNote::GoOn(run_id) => self.go_on(run_id),
            ShardNote::Stays(run_id, address) => self.let_stay(run_id, address, ctx),
            ShardNote::Leaves(run_id) => self.evict(run_id),
            ShardNote::Replaced(outcome) => self.replaced(*outcome, ctx),
            ShardNote::StartAgain {
                start,
                reply,
                closed,
            } => self.start_again(closed, start, reply, ctx),
        }
    }
}

impl Shard {
    /// Sends the shard a note at this time.
    pub(super) fn note_at(&self, at: Reading, note: ShardNote, ctx: &Context<Self>) -> AbortHandle {
        let sleep = self.shared.services.clock.sleep_until(at);
        let address = ctx.address();
        let (alarm, handle) = futures::future::abortable(async move {
            sleep.await;
            address.do_send(note);
        });
        actix::spawn(alarm);
        handle
    }
}
