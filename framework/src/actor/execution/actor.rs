//! The actor itself: what it owns, and where each kind of message goes.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use actix::{Actor, ActorContext as _, Addr, AsyncContext as _, Context, Handler};
use derive_more::Debug;

use crate::{
    actor::{
        Refusal, Reply,
        execution::{
            attempts::SlotAtHand, flight::Flight, open_task::OpenTask, program::ResidentProgram,
            request::refuse_broken, update::OfferedUpdate, waiting::WaitingUpdates, weight::Weight,
        },
        message::{AttemptReport, ExecutionMail, SlotOffer, Started, Target},
        pipeline::Fate,
        port::AttemptKey,
        service::Shared,
        shard::{Shard, ShardNote},
        summary::Summary,
        watch::{UserCode, Watched},
    },
    machine::{
        execution::{
            ExecutionState, LinePlace,
            decide::{self, AttemptOutcome},
        },
        task::WorkflowTaskFailure,
    },
    metrics,
    model::{
        Failure, HistoryEvent, RequestId, RunId, event::workflow_task::FailedCause,
        transition::RecordsLost,
    },
    panic::panic_text,
    storage::{RunEntry, StorageError},
};

/// What the first step of a run in memory has to see to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Arrival {
    /// Nothing: there has been a step, or the run is new.
    #[default]
    Over,
    /// It was loaded. Its state may speak of attempts that died with an earlier process.
    Loaded,
    /// It was loaded for the first time in this process, whose code may fit where that of an
    /// earlier one did not.
    Recovered,
}

/// Where an execution is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Running,
    /// Leaves memory as soon as everything is durable.
    Evicting,
    /// A step panicked: what is in memory can no longer be trusted.
    Broken,
}

/// One run in memory.
#[derive(Debug)]
pub(in crate::actor) struct Execution {
    pub(super) shared: Rc<Shared>,
    /// Shared with what the transitions cause, because an address is no cheap clone.
    pub(super) shard: Rc<Addr<Shard>>,
    pub(super) summary: Rc<Summary>,
    pub(super) state: ExecutionState,
    pub(super) program: ResidentProgram,
    /// The last attempt that the dispatcher has been asked about.
    pub(super) asked: LinePlace,
    /// How often the clock had been set when the state was told the last time, if it was.
    pub(super) clock_steps: Option<u64>,
    pub(super) flight: Rc<Flight>,
    pub(super) arrival: Arrival,
    /// Whether it was loaded, and its messages have not been sent since.
    pub(super) resends: bool,
    /// The run that it replaces, if it does.
    pub(super) replaces: Option<RunId>,
    /// The update that the step under way hands to the program, if it does.
    pub(super) offered: Option<Box<OfferedUpdate>>,
    /// The updates that wait for a workflow task.
    pub(super) waiting: WaitingUpdates,
    /// The workflow task that waits for local activities, if one does.
    pub(super) open: Option<Box<OpenTask>>,
    pub(super) weight: Weight,
    /// Why its program and its activities are left alone, if they are.
    pub(super) quarantined: Option<String>,
    /// The records that cannot be read and are given up when it ends; it does nothing else then.
    pub(super) lost: Vec<RecordsLost>,
    /// Whether code for the run was missing when that was last looked at.
    pub(super) lacks_code: bool,
    /// Whether the log has been told of a problem that is not over.
    pub(super) has_told: bool,
    /// What is recorded while its history is read for a reset, if that is so.
    pub(super) recorded: Option<Vec<HistoryEvent>>,
    phase: Phase,
}

impl Execution {
    /// An execution with this state; of a new run the state is empty.
    pub(super) fn new(
        shared: Rc<Shared>,
        shard: Addr<Shard>,
        entry: RunEntry,
        state: ExecutionState,
        program: ResidentProgram,
    ) -> Self {
        let shard = Rc::new(shard);
        let waiting = WaitingUpdates::new(entry.execution.run_id, Rc::clone(&shard));
        let summary = Rc::new(Summary {
            entry: RefCell::new(entry),
            ticket: Cell::new(0),
            bytes: Cell::new(0),
        });
        let weight = Weight::new(&shared, &summary);
        Self {
            shared,
            shard,
            summary,
            state,
            program,
            asked: LinePlace::default(),
            clock_steps: None,
            flight: Rc::default(),
            arrival: Arrival::default(),
            resends: false,
            replaces: None,
            offered: None,
            waiting,
            open: None,
            weight,
            quarantined: None,
            lost: Vec::new(),
            lacks_code: false,
            has_told: false,
            recorded: None,
            phase: Phase::Running,
        }
    }

    /// An execution that is about to be started.
    pub(in crate::actor) fn begin(shared: Rc<Shared>, shard: Addr<Shard>, entry: RunEntry) -> Self {
        let state = ExecutionState::of_run(entry.execution.run_id);
        Self::new(shared, shard, entry, state, ResidentProgram::new())
    }

    /// What the shard has to know about it.
    pub(in crate::actor) fn summary(&self) -> Rc<Summary> {
        Rc::clone(&self.summary)
    }

    /// Records what it is told from now on, but runs neither its program nor its activities.
    pub(in crate::actor) fn leave_alone(&mut self, cause: String) {
        self.arrival = Arrival::Over;
        self.quarantined = Some(cause);
        self.shared.set_deadline(self.run_id(), None);
    }

    pub(super) fn run_id(&self) -> RunId {
        self.summary.entry.borrow().execution.run_id
    }

    fn receive(
        &mut self,
        mail: ExecutionMail,
        ctx: &mut Context<Self>,
    ) -> Result<(), StorageError> {
        if let Some(refusal) = self.shared.failure()
            && !matches!(mail, ExecutionMail::Evict | ExecutionMail::Durable)
        {
            // Nothing that is decided from now on could ever be released.
            mail.refuse(refusal);
            return Ok(());
        }
        match mail {
            ExecutionMail::Start(start, reply) => self.start(*start, reply, ctx),
            ExecutionMail::Replace(replacement) => self.replace(*replacement, ctx),
            ExecutionMail::Reset(reset) => self.reset(reset, ctx),
            ExecutionMail::AnswerStart(reply, answer) => {
                self.reply(reply, answer);
                Ok(())
            }
            ExecutionMail::SignalForStart(start, reply) => self.signal_for_start(start, reply, ctx),
            ExecutionMail::UpdateForStart(start, reply, taker) => {
                self.update_for_start(start, reply, taker, ctx)
            }
            ExecutionMail::Request(request, reach) => self.answer(request, reach, ctx),
            ExecutionMail::Attempt(report) => self.report(*report, ctx),
            ExecutionMail::Offer(offer) => self.take_offer(offer, ctx),
            ExecutionMail::Settle(message_id, outcome, bytes) => {
                let key = (self.run_id(), message_id);
                self.shared.end_message(key, bytes, &self.shard);
                self.settle(message_id, outcome, ctx)
            }
            ExecutionMail::SendMessages => {
                self.wake(ctx)?;
                self.send_messages();
                Ok(())
            }
            ExecutionMail::AskAgain => {
                // Those that stand in line by now are known there, and keep their places.
                self.asked = LinePlace::default();
                self.wake(ctx)
            }
            ExecutionMail::Wake => self.wake(ctx),
            ExecutionMail::Durable => self.on_durable(ctx),
            ExecutionMail::FailWorkflowTask(cause) => self.fail_workflow_task(cause, ctx),
            ExecutionMail::Delete(execution, reply) => {
                // Somebody has brought it in again before it could be deleted.
                let target = Target::run(execution);
                // Bound: one note for each mail that has brought it in.
                self.shard.do_send(ShardNote::Delete(target, reply));
                Ok(())
            }
            ExecutionMail::Evict => {
                self.phase = Phase::Evicting;
                self.on_durable(ctx)
            }
        }
    }

    fn start(
        &mut self,
        start: decide::Start,
        reply: Reply<Started>,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let run_id = start.execution.run_id;
        let is_child = start.parent.is_some();
        self.expect_update(&start);
        let started = match self.step(ctx, |draft| decide::start(draft, start)) {
            Ok(started) => started,
            Err(error) => return Err(refuse_broken(reply, error)),
        };
        let update = self.take_update_of_start();
        let answer = started.map(|()| Started {
            run_id,
            is_new: true,
            update,
        });
        let answer = answer.map_err(Refusal::from);
        if is_child {
            self.shared.answer_peer(reply, answer);
        } else {
            self.reply(reply, answer);
        }
        Ok(())
    }

    fn report(&mut self, report: AttemptReport, ctx: &Context<Self>) -> Result<(), StorageError> {
        let ended = report.ended();
        let AttemptReport {
            key,
            outcome,
            last_words,
            freed,
        } = report;
        let progress = match &outcome {
            AttemptOutcome::Progress(progress) => Some(progress.number),
            _ => None,
        };
        let at_hand = freed.map_or(SlotAtHand::Nothing, SlotAtHand::Freed);
        let message = decide::ReportAttempt {
            scheduled_event_id: key.scheduled_event_id,
            attempt: key.attempt,
            outcome,
            last_words,
            identity: self.shared.services.identity.clone(),
        };
        let decided =
            self.step_with_slot(ctx, at_hand, |draft| decide::report_attempt(draft, message))?;
        if let Err(rejection) = decided {
            // It is late, or there were two of it: the attempt it speaks of does not run.
            tracing::debug!(%rejection, ?key, "an attempt's report no longer counts");
            self.abandon(key);
        } else if ended {
            self.forget(key);
        } else if let Some(number) = progress {
            self.settle_progress(key, number);
        }
        Ok(())
    }

    /// Lets an attempt go on to its next report of progress.
    fn settle_progress(&self, key: AttemptKey, number: u32) {
        let activities = Rc::clone(&self.shared.activities);
        // Durability: until then the report may have to be told again.
        let ticket = self.summary.ticket.get();
        self.shared.when_durable(ticket, move |fate: &Fate| {
            if let Fate::Durable = fate {
                activities.settle_progress(key, number);
            }
        });
    }

    /// Stops an attempt that no longer counts, if it runs.
    fn abandon(&self, key: AttemptKey) {
        let activities = Rc::clone(&self.shared.activities);
        // Durability: what has made it not count is on disk before the attempt learns of it.
        let ticket = self.summary.ticket.get();
        self.shared.when_durable(ticket, move |fate: &Fate| {
            if let Fate::Durable = fate {
                activities.abandon(key);
            }
        });
    }

    /// Forgets an attempt whose end was decided upon.
    fn forget(&self, key: AttemptKey) {
        let activities = Rc::clone(&self.shared.activities);
        if !activities.keeps(key) {
            return activities.forget(key);
        }
        // Durability: until then its outcome may have to be told to another thread.
        let ticket = self.summary.ticket.get();
        self.shared.when_durable(ticket, move |fate: &Fate| {
            if let Fate::Durable = fate {
                activities.forget(key);
            }
        });
    }

    fn take_offer(&mut self, offer: SlotOffer, ctx: &Context<Self>) -> Result<(), StorageError> {
        let scheduled_event_id = offer.key.scheduled_event_id;
        let at_hand = SlotAtHand::Offered(scheduled_event_id, offer.permit);
        self.step_with_slot(ctx, at_hand, decide::pass_deadlines)
    }

    fn wake(&mut self, ctx: &Context<Self>) -> Result<(), StorageError> {
        if let Some(due) = self.state.next_deadline() {
            metrics::observe(metrics::DEADLINE_LATENESS, || {
                self.shared.now().since(due).as_secs_f64()
            });
        }
        self.step(ctx, decide::pass_deadlines)
    }

    /// Goes on with what had to wait until the last transition was durable.
    fn on_durable(&mut self, ctx: &mut Context<Self>) -> Result<(), StorageError> {
        if self.phase == Phase::Evicting
            && let Some(open) = &mut self.open
        {
            if self.shared.failure().is_some() {
                self.open = None;
            } else if self.shared.activities.is_draining() {
                // Given back, it would bring the run in again, which would leave again for ever.
                open.refuse_held();
                self.waiting.refuse();
                self.leave_open_task(ctx)?;
            } else {
                // What its local activities have done would be done again.
                open.leaves = true;
                self.phase = Phase::Running;
                let stays = ShardNote::Stays(self.run_id(), ctx.address());
                self.shard.do_send(stays);
                return Ok(());
            }
        }
        if self.flight.is_under_way() {
            self.flight.tell_when_over(ctx.address());
            return Ok(());
        }
        if self.phase == Phase::Evicting && self.owes_workflow_task() {
            // Nobody else would bring it back into memory for that.
            self.wake(ctx)?;
            if self.flight.is_under_way() {
                self.flight.tell_when_over(ctx.address());
                return Ok(());
            }
        }
        if self.phase == Phase::Evicting {
            self.drop_program();
            self.shard.do_send(ShardNote::Evicted(self.run_id()));
            ctx.stop();
            return Ok(());
        }
        if self.shared.failure().is_some() {
            return Ok(());
        }
        self.wake(ctx)
    }

    /// Whether a workflow task waits for nothing but that what it replays is on disk, which it is.
    fn owes_workflow_task(&self) -> bool {
        let is_stopping = self.shared.activities.is_draining() || self.shared.failure().is_some();
        let is_startable = self.state.workflow_task_is_startable(self.shared.now());
        is_startable && !is_stopping && self.quarantined.is_none()
    }

    fn fail_workflow_task(
        &mut self,
        cause: String,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let identity = self.shared.services.identity.clone();
        self.drop_program();
        self.step_without_program(ctx, |draft| {
            let start = decide::StartWorkflowTask {
                identity: identity.clone(),
                request_id: RequestId::default(),
            };
            decide::start_workflow_task(draft, start)?;
            let failure = WorkflowTaskFailure {
                cause: FailedCause::WorkflowWorkerUnhandledFailure,
                failure: Failure::own(cause, "WorkflowTaskLost"),
            };
            decide::fail_workflow_task(draft, decide::FailWorkflowTask { failure, identity })
        })
        .map(|decided| {
            if let Err(rejection) = decided {
                tracing::debug!(%rejection, "the lost workflow task is no longer pending");
            }
        })
    }

    /// Answers once all that this run has decided so far is durable.
    pub(super) fn reply<T: 'static>(&self, reply: Reply<T>, answer: Result<T, Refusal>) {
        self.shared
            .reply_when_durable(self.summary.ticket.get(), reply, answer);
    }

    /// What this run's code is called by whoever watches over the thread.
    pub(super) fn watched(&self, code: UserCode) -> Watched {
        let entry = self.summary.entry.borrow();
        Watched {
            code,
            workflow_id: entry.execution.workflow_id.clone(),
            run_id: entry.execution.run_id,
            workflow_type: entry.workflow_type.clone(),
            started: None,
        }
    }

    /// Drops the program, and with it what the workflow's author put into it.
    fn drop_program(&mut self) {
        if !self.program.is_loaded() {
            return self.program.discard();
        }
        let watched = self.watched(UserCode::Drop);
        let _watching = self.shared.services.watch.begin(watched);
        let program = AssertUnwindSafe(|| self.program.discard());
        if let Err(panic) = catch_unwind(program) {
            let text = panic_text(&*panic);
            tracing::warn!(run_id = %self.run_id(), text, "dropping a workflow panicked");
        }
    }

    fn break_down(&mut self, cause: String) {
        self.phase = Phase::Broken;
        self.drop_program();
        self.shard.do_send(ShardNote::Broken {
            run_id: self.run_id(),
            cause,
        });
    }
}

/// Bound: messages in one execution's mailbox before `try_send` reports it full. Its senders are
/// the shard, whose own mailbox bounds the requests, and the dispatcher, whose slots bound the
/// reports.
const MAILBOX_MAX: usize = 1024;

impl Actor for Execution {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_MAX);
    }
}

impl Handler<ExecutionMail> for Execution {
    type Result = ();

    fn handle(&mut self, mail: ExecutionMail, ctx: &mut Self::Context) {
        if self.phase == Phase::Broken {
            self.shard.do_send(ShardNote::Returned {
                run_id: self.run_id(),
                mail,
            });
            return;
        }
        let received = catch_unwind(AssertUnwindSafe(|| self.receive(mail, ctx)));
        match received {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.break_down(error.to_string()),
            Err(panic) => {
                let text = panic_text(&*panic);
                self.break_down(format!("execution actor panicked: {text}"));
            }
        }
    }
}
