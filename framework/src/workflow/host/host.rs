//! The state of a host, and what the driver tells and asks it.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use derive_more::Debug;

use super::local_activity::LocalActivities;
use crate::{
    machine::replay::{
        Activation, ActivityResolution, ActivitySequence, ChildSequence, ExternalResolution,
        ExternalSequence, LocalCancellation, ProgramCommand, TimerSequence,
    },
    model::{
        ActivityId, ActivityOptions, ActivityType, ChildOptions, ContinueAsNew, Failure, Payloads,
        RequestCancelExternalWorkflow, RunId, SignalExternalWorkflow, Timestamp, WorkflowInfo,
    },
    workflow::{
        Canceled, ExternalWorkflowError, WorkflowRandom,
        branch::Spawned,
        operation::{
            ActivityOperation, ChildOperation, ExternalOperation, LocalOperation, OperationNumber,
            Phase, TimerOperation, WaitOperation,
        },
        scope::Scope,
        waker::Polling,
    },
};

/// What a program can look up about the activation it is in.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::workflow) struct Facts {
    pub(in crate::workflow) now: Timestamp,
    pub(in crate::workflow) replaying: bool,
    pub(in crate::workflow) history_length: u64,
    pub(in crate::workflow) history_size_bytes: u64,
    pub(in crate::workflow) suggest_continue_as_new: bool,
}

/// The side of one program that does not depend on its type.
#[derive(Debug)]
pub(in crate::workflow) struct ProgramHost {
    pub(in crate::workflow) facts: Cell<Facts>,
    pub(in crate::workflow) info: RefCell<WorkflowInfo>,
    /// The run that went on from one that was reset, if the history has got so far.
    pub(super) reset_to: Cell<Option<RunId>>,
    pub(in crate::workflow) random: WorkflowRandom,
    /// What the random numbers of the run began with.
    seed: Cell<u64>,
    /// The random numbers that have a name.
    streams: RefCell<BTreeMap<String, WorkflowRandom>>,
    pub(in crate::workflow) polling: Polling,
    last_operation: Cell<u64>,
    last_activity: Cell<u32>,
    last_timer: Cell<u32>,
    last_child: Cell<u32>,
    last_external: Cell<u32>,
    /// What can still be resolved or canceled, in program order.
    operations: RefCell<BTreeMap<OperationNumber, Live>>,
    /// Those of them that wait for a condition.
    waits: RefCell<BTreeMap<OperationNumber, Rc<WaitOperation>>>,
    pub(super) activities: RefCell<BTreeMap<ActivitySequence, Rc<ActivityOperation>>>,
    pub(super) local: RefCell<LocalActivities>,
    timers: RefCell<BTreeMap<TimerSequence, Rc<TimerOperation>>>,
    pub(super) children: RefCell<BTreeMap<ChildSequence, Rc<ChildOperation>>>,
    externals: RefCell<BTreeMap<ExternalSequence, Rc<ExternalOperation>>>,
    /// The types of the activities that the program calls, by their names.
    pub(super) activity_types: RefCell<BTreeMap<&'static str, ActivityType>>,
    pub(super) drafts: RefCell<Vec<UnsentCommand>>,
    /// How many drafts there were when the main routine was polled last.
    drafts_before_poll: Cell<usize>,
    state_changed: Cell<bool>,
    /// How many handlers have not returned.
    pub(super) running_handlers: Cell<usize>,
    /// Why the workflow task has to fail; boxed like the next, because it is the end of both.
    fault: RefCell<Option<Box<Failure>>>,
    /// The run that is to take the place of this one, if the program asked for that.
    continued: RefCell<Option<Box<ContinueAsNew>>>,
    /// The patches whose new way the history says the run takes.
    pub(super) notified_patches: RefCell<BTreeSet<String>>,
    /// What the program was told of each patch that it has asked for.
    pub(super) patches: RefCell<BTreeMap<String, bool>>,
    /// Branches that the driver has not taken in yet.
    spawned: RefCell<Vec<Spawned>>,
    /// Set when the program is about to be dropped: dropping is then not a request.
    silent: Cell<bool>,
}

#[derive(Clone, Debug)]
struct Live {
    scope: Scope,
    operation: Operation,
}

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Activity(Rc<ActivityOperation>),
    LocalActivity(Rc<LocalOperation>),
    Timer(Rc<TimerOperation>),
    Child(Rc<ChildOperation>),
    External(Rc<ExternalOperation>),
    Wait(Rc<WaitOperation>),
    /// As `Wait`, for something else than the state.
    Turn(Rc<WaitOperation>),
}

/// A command that has not left yet.
#[derive(Debug)]
pub(super) enum UnsentCommand {
    ScheduleActivity {
        operation: Rc<ActivityOperation>,
        input: Payloads,
        options: Box<ActivityOptions>,
    },
    CancelActivity(ActivitySequence, Wish),
    ControlActivity(Rc<ActivityOperation>, Payloads),
    ScheduleLocalActivity(Rc<LocalOperation>),
    CancelLocalActivity(ActivitySequence, LocalCancellation, Wish),
    /// The timer of the next attempt of a local activity.
    StartLocalBackoff(Rc<LocalOperation>),
    StartTimer(Rc<TimerOperation>, Duration),
    CancelTimer(TimerSequence, Wish),
    StartChild {
        operation: Rc<ChildOperation>,
        input: Payloads,
        options: Box<ChildOptions>,
    },
    CancelChild {
        child: ChildSequence,
        reason: String,
        wish: Wish,
    },
    Tell(Rc<ExternalOperation>, Box<External>),
    /// What the program says about an update or about its run.
    Say(Box<ProgramCommand>),
}

/// What is said to another workflow.
#[derive(Debug)]
pub(in crate::workflow) enum External {
    Signal(SignalExternalWorkflow),
    RequestCancel(RequestCancelExternalWorkflow),
}

/// Whether the program said that something is to be canceled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wish {
    /// It did: by a call, by a limit that was not needed, or by a race that was lost.
    Said,
    /// Its future was dropped, which a program that returns does to all it has left.
    Dropped,
}

impl ProgramHost {
    pub(in crate::workflow) fn new() -> Self {
        Self {
            facts: Cell::default(),
            info: RefCell::default(),
            reset_to: Cell::default(),
            random: WorkflowRandom::from_seed(0),
            seed: Cell::default(),
            streams: RefCell::default(),
            polling: Polling::new(),
            last_operation: Cell::default(),
            last_activity: Cell::default(),
            last_timer: Cell::default(),
            last_child: Cell::default(),
            last_external: Cell::default(),
            operations: RefCell::default(),
            waits: RefCell::default(),
            activities: RefCell::default(),
            local: RefCell::default(),
            timers: RefCell::default(),
            children: RefCell::default(),
            externals: RefCell::default(),
            activity_types: RefCell::default(),
            drafts: RefCell::default(),
            drafts_before_poll: Cell::default(),
            state_changed: Cell::default(),
            running_handlers: Cell::default(),
            fault: RefCell::default(),
            continued: RefCell::default(),
            notified_patches: RefCell::default(),
            patches: RefCell::default(),
            spawned: RefCell::default(),
            silent: Cell::default(),
        }
    }

    /// The run goes on from one that was reset, under another id.
    pub(in crate::workflow) fn handle_reset(&self, run_id: RunId, seed: u64) {
        self.reset_to.set(Some(run_id));
        self.reseed(seed);
    }

    /// All random numbers begin anew.
    pub(in crate::workflow) fn reseed(&self, seed: u64) {
        self.random.reseed(seed);
        self.seed.set(seed);
        for (name, stream) in &*self.streams.borrow() {
            stream.restart(seed, name);
        }
    }

    /// The random numbers of this name.
    pub(in crate::workflow) fn random_stream(&self, name: &str) -> WorkflowRandom {
        let mut streams = self.streams.borrow_mut();
        if let Some(known) = streams.get(name) {
            return known.clone();
        }
        let stream = WorkflowRandom::of_stream(self.seed.get(), name);
        streams.insert(name.to_owned(), stream.clone());
        stream
    }

    pub(in crate::workflow) fn handle_activation(&self, activation: &Activation) {
        self.facts.set(Facts {
            now: activation.now,
            replaying: activation.replaying,
            history_length: activation.history_length,
            history_size_bytes: activation.history_size_bytes,
            suggest_continue_as_new: activation.suggest_continue_as_new,
        });
    }

    pub(in crate::workflow) fn handle_timer_fired(&self, timer: TimerSequence) {
        let operation = self.timers.borrow_mut().remove(&timer);
        // A timer that was given up meanwhile has nobody to tell.
        let Some(operation) = operation else {
            return self.handle_local_backoff_over(timer);
        };
        operation.phase.set(Phase::Over);
        self.forget(operation.number);
        operation.slot.fill(Ok(()));
    }

    pub(in crate::workflow) fn handle_activity_resolved(
        &self,
        activity: ActivitySequence,
        resolution: ActivityResolution,
    ) {
        let operation = self.activities.borrow_mut().remove(&activity);
        if let Some(operation) = operation {
            operation.end();
            self.forget(operation.number);
            operation.slot.fill(match resolution {
                ActivityResolution::Completed(result) => Ok(result),
                ActivityResolution::Failed(failure) => Err(failure),
            });
        }
    }

    pub(in crate::workflow) fn handle_external_resolved(
        &self,
        external: ExternalSequence,
        resolution: ExternalResolution,
    ) {
        let operation = self.externals.borrow_mut().remove(&external);
        if let Some(operation) = operation {
            operation.phase.set(Phase::Over);
            self.forget(operation.number);
            operation.slot.fill(match resolution {
                ExternalResolution::Delivered => Ok(()),
                ExternalResolution::NotFound => Err(ExternalWorkflowError::NotFound),
                ExternalResolution::TooManySignals => Err(ExternalWorkflowError::TooManySignals),
            });
        }
    }

    /// Cancels a scope with all below it: what is pending there, in program order, and what begins
    /// there from now on. One that is canceled already stays as it is.
    pub(in crate::workflow) fn cancel_scope(&self, scope: &Scope, canceled: &Canceled) {
        if !scope.cancel(canceled.clone()) {
            return;
        }
        let pending: Vec<Operation> = self
            .operations
            .borrow()
            .values()
            .filter(|live| live.scope.is_within(scope))
            .map(|live| live.operation.clone())
            .collect();
        for operation in pending {
            match operation {
                Operation::Activity(activity) => self.cancel_activity(&activity, canceled),
                Operation::LocalActivity(activity) => {
                    self.cancel_local_activity(&activity, canceled);
                }
                Operation::Timer(timer) => self.cancel_timer(&timer, canceled.clone()),
                Operation::Child(child) => self.cancel_child(&child, canceled),
                Operation::External(external) => self.cancel_external(&external, canceled.clone()),
                Operation::Wait(wait) | Operation::Turn(wait) => {
                    self.forget(wait.number);
                    wait.slot.fill(canceled.clone());
                }
            }
        }
    }

    /// Leaves a branch for the driver.
    pub(in crate::workflow) fn spawn(&self, branch: Spawned) {
        self.spawned.borrow_mut().push(branch);
    }

    /// Whether branches were begun since the last look.
    pub(in crate::workflow) fn has_spawned(&self) -> bool {
        !self.spawned.borrow().is_empty()
    }

    /// The branches that were begun since the last look.
    pub(in crate::workflow) fn take_spawned(&self) -> Vec<Spawned> {
        self.spawned.take()
    }

    pub(in crate::workflow) fn handle_state_changed(&self) {
        self.state_changed.set(true);
    }

    /// From now on dropping a future asks for nothing.
    pub(in crate::workflow) fn silence(&self) {
        self.silent.set(true);
    }

    /// The main routine is about to be polled.
    pub(in crate::workflow) fn handle_main_poll(&self) {
        self.drafts_before_poll.set(self.drafts.borrow().len());
    }

    /// Takes the cancellations out of the drafts that come of the main routine's return.
    ///
    /// What is dropped in the poll that returns may have been dropped by returning; the run is
    /// about to close, which ends everything that is pending. What the program said, or dropped
    /// before it waited for the last time, stays.
    // Replay: which poll returns follows from what the program was told, so it is the same one.
    pub(in crate::workflow) fn retract_dropped(&self) {
        let mut index = 0..;
        let stay = self.drafts_before_poll.get();
        self.drafts.borrow_mut().retain(|draft| {
            let is_dropped = matches!(
                draft,
                UnsentCommand::CancelActivity(_, Wish::Dropped)
                    | UnsentCommand::CancelLocalActivity(_, _, Wish::Dropped)
                    | UnsentCommand::CancelTimer(_, Wish::Dropped)
                    | UnsentCommand::CancelChild {
                        wish: Wish::Dropped,
                        ..
                    }
            );
            index.next().is_some_and(|index| index < stay) || !is_dropped
        });
    }

    /// Wakes whoever waits for a condition, if the state has changed; says whether it has.
    pub(in crate::workflow) fn take_state_changed(&self) -> bool {
        if !self.state_changed.take() {
            return false;
        }
        let waits: Vec<_> = self.waits.borrow().values().cloned().collect();
        for wait in waits {
            wait.slot.wake();
        }
        true
    }

    pub(in crate::workflow) fn take_fault(&self) -> Option<Failure> {
        self.fault.borrow_mut().take().map(|fault| *fault)
    }

    /// The program ends with this poll, and another run takes its place.
    pub(in crate::workflow) fn continue_as_new(&self, asked: ContinueAsNew) {
        self.continued
            .borrow_mut()
            .get_or_insert_with(|| Box::new(asked));
    }

    pub(in crate::workflow) fn take_continued(&self) -> Option<ContinueAsNew> {
        self.continued.borrow_mut().take().map(|asked| *asked)
    }

    /// Numbers and takes the commands of the activation.
    // Replay: numbers are given in program order, and only to what leaves.
    pub(in crate::workflow) fn take_commands(&self) -> Vec<ProgramCommand> {
        let drafts = self.drafts.take();
        drafts
            .into_iter()
            .filter_map(|draft| self.send(draft))
            .collect()
    }

    fn send(&self, draft: UnsentCommand) -> Option<ProgramCommand> {
        Some(match draft {
            UnsentCommand::ScheduleActivity {
                operation,
                input,
                options,
            } => return self.send_activity(operation, input, *options),
            UnsentCommand::CancelActivity(activity, _) => {
                ProgramCommand::CancelActivity { activity }
            }
            UnsentCommand::ControlActivity(operation, message) => {
                return Self::send_control(&operation, message);
            }
            UnsentCommand::ScheduleLocalActivity(operation) => {
                return self.send_local_activity(operation);
            }
            UnsentCommand::CancelLocalActivity(activity, cancellation, _) => {
                ProgramCommand::CancelLocalActivity {
                    activity,
                    cancellation,
                }
            }
            UnsentCommand::StartLocalBackoff(operation) => {
                return self.send_local_backoff(operation);
            }
            UnsentCommand::StartTimer(operation, duration) => {
                if operation.phase.get() != Phase::Unsent {
                    return None;
                }
                let timer = self.next_timer();
                operation.phase.set(Phase::Sent(timer));
                let user_metadata = operation.user_metadata.take().into_attribute();
                self.timers.borrow_mut().insert(timer, operation);
                ProgramCommand::StartTimer {
                    timer,
                    duration,
                    user_metadata,
                }
            }
            UnsentCommand::CancelTimer(timer, _) => ProgramCommand::CancelTimer { timer },
            UnsentCommand::StartChild {
                operation,
                input,
                options,
            } => return self.send_child(operation, input, options),
            UnsentCommand::CancelChild { child, reason, .. } => {
                ProgramCommand::CancelChild { child, reason }
            }
            UnsentCommand::Tell(operation, said) => {
                if operation.phase.get() != Phase::Unsent {
                    return None;
                }
                let external = ExternalSequence(next(&self.last_external));
                operation.phase.set(Phase::Sent(external));
                self.externals.borrow_mut().insert(external, operation);
                match *said {
                    External::Signal(signal) => ProgramCommand::SignalExternal { external, signal },
                    External::RequestCancel(request) => {
                        ProgramCommand::RequestCancelExternal { external, request }
                    }
                }
            }
            UnsentCommand::Say(said) => *said,
        })
    }

    fn send_activity(
        &self,
        operation: Rc<ActivityOperation>,
        input: Payloads,
        mut options: ActivityOptions,
    ) -> Option<ProgramCommand> {
        if operation.phase.get() != Phase::Unsent {
            return None;
        }
        let activity = self.next_activity();
        let new_id = || ActivityId::from(activity.to_string());
        let id = options.activity_id.get_or_insert_with(new_id).clone();
        *operation.activity_id.borrow_mut() = Some(id);
        operation.phase.set(Phase::Sent(activity));
        operation.sequence.set(Some(activity));
        let activity_type = operation.activity_type.clone();
        self.activities.borrow_mut().insert(activity, operation);
        Some(ProgramCommand::ScheduleActivity {
            activity,
            activity_type,
            input,
            options,
        })
    }

    pub(super) fn next_activity(&self) -> ActivitySequence {
        ActivitySequence(next(&self.last_activity))
    }

    pub(super) fn next_timer(&self) -> TimerSequence {
        TimerSequence(next(&self.last_timer))
    }

    pub(super) fn next_child(&self) -> ChildSequence {
        ChildSequence(next(&self.last_child))
    }

    pub(super) fn is_silent(&self) -> bool {
        self.silent.get()
    }

    pub(super) fn draft(&self, draft: UnsentCommand) {
        self.drafts.borrow_mut().push(draft);
    }

    pub(super) fn remember(&self, number: OperationNumber, scope: &Scope, operation: Operation) {
        if let Operation::Wait(wait) = &operation {
            self.waits.borrow_mut().insert(number, Rc::clone(wait));
        }
        let live = Live {
            scope: scope.clone(),
            operation,
        };
        self.operations.borrow_mut().insert(number, live);
    }

    pub(super) fn forget(&self, number: OperationNumber) {
        // Invariant: the borrow ends before the operation, and with it a foreign waker, is dropped.
        let removed = self.operations.borrow_mut().remove(&number);
        let wait = self.waits.borrow_mut().remove(&number);
        drop((removed, wait));
    }

    pub(super) fn forget_activity(&self, activity: ActivitySequence) {
        let removed = self.activities.borrow_mut().remove(&activity);
        drop(removed);
    }

    pub(super) fn forget_external(&self, external: ExternalSequence) {
        let removed = self.externals.borrow_mut().remove(&external);
        drop(removed);
    }

    pub(super) fn forget_timer(&self, timer: TimerSequence) {
        let removed = self.timers.borrow_mut().remove(&timer);
        drop(removed);
    }

    pub(in crate::workflow) fn begin_operation(&self) -> OperationNumber {
        let number = self.last_operation.get() + 1;
        self.last_operation.set(number);
        OperationNumber(number)
    }

    /// Fails the workflow task at the end of the current poll.
    pub(in crate::workflow) fn fail_workflow_task(&self, failure: Failure) {
        self.fault
            .borrow_mut()
            .get_or_insert_with(|| Box::new(failure));
    }
}

fn next(last: &Cell<u32>) -> u32 {
    last.set(last.get() + 1);
    last.get()
}
