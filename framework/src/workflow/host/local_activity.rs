//! Local activities: asked for, resolved, canceled, and asked for again when a timer has fired.
//!
//! The program side of an attempt that has to wait for long: the history says that the attempts
//! before it have failed, the program starts a timer, and asks for the activity again, under a new
//! number, when that has fired.

use std::{collections::BTreeMap, rc::Rc};

use super::host::{Operation, ProgramHost, UnsentCommand, Wish};
use crate::{
    definition::Failure as _,
    machine::replay::{
        ActivitySequence, LocalActivityResolution, LocalActivityTask, LocalCancellation,
        ProgramCommand, TimerSequence,
    },
    model::ActivityId,
    workflow::{
        Canceled, CancellationType,
        operation::{LocalOperation, LocalPhase},
    },
};

/// The local activities of a program that have not ended.
#[derive(Debug, Default)]
pub(super) struct LocalActivities {
    running: BTreeMap<ActivitySequence, Rc<LocalOperation>>,
    /// Those whose next attempt waits for a timer.
    waiting: BTreeMap<TimerSequence, Rc<LocalOperation>>,
}

impl ProgramHost {
    pub(in crate::workflow) fn begin_local_activity(&self, operation: &Rc<LocalOperation>) {
        if let Some(canceled) = operation.scope.canceled() {
            operation.phase.set(LocalPhase::Over);
            operation.slot.fill(Err(Box::new(canceled.to_failure())));
            return;
        }
        let live = Operation::LocalActivity(Rc::clone(operation));
        self.remember(operation.number, &operation.scope, live);
        self.draft(UnsentCommand::ScheduleLocalActivity(Rc::clone(operation)));
    }

    /// Numbers a local activity that leaves.
    pub(super) fn send_local_activity(
        &self,
        operation: Rc<LocalOperation>,
    ) -> Option<ProgramCommand> {
        if operation.phase.get() != LocalPhase::Unsent {
            return None;
        }
        let activity = self.next_activity();
        operation.phase.set(LocalPhase::Sent(activity));
        let number = || ActivityId::from(activity.to_string());
        let backoff = operation.backoff.get();
        let task = LocalActivityTask {
            activity,
            activity_id: operation.activity_id.clone().unwrap_or_else(number),
            activity_type: operation.activity_type.clone(),
            input: operation.input.clone(),
            options: operation.options.clone(),
            attempt: backoff.map_or(1, |backoff| backoff.attempt),
            originally_scheduled_at: backoff.map(|backoff| backoff.originally_scheduled_at),
            cancel_requested: false,
            header: None,
        };
        self.local.borrow_mut().running.insert(activity, operation);
        Some(ProgramCommand::ScheduleLocalActivity(Box::new(task)))
    }

    /// Numbers the timer of the next attempt.
    pub(super) fn send_local_backoff(
        &self,
        operation: Rc<LocalOperation>,
    ) -> Option<ProgramCommand> {
        let backoff = operation.backoff.get()?;
        if operation.phase.get() != LocalPhase::TimerUnsent {
            return None;
        }
        let timer = self.next_timer();
        operation.phase.set(LocalPhase::Waiting(timer));
        self.local.borrow_mut().waiting.insert(timer, operation);
        Some(ProgramCommand::StartTimer {
            timer,
            duration: backoff.duration,
            user_metadata: None,
        })
    }

    /// A timer has fired that a local activity may have waited for.
    pub(super) fn handle_local_backoff_over(&self, timer: TimerSequence) {
        let operation = self.local.borrow_mut().waiting.remove(&timer);
        if let Some(operation) = operation {
            operation.phase.set(LocalPhase::Unsent);
            self.draft(UnsentCommand::ScheduleLocalActivity(operation));
        }
    }

    pub(in crate::workflow) fn handle_local_activity_resolved(
        &self,
        activity: ActivitySequence,
        resolution: LocalActivityResolution,
    ) {
        let operation = self.local.borrow_mut().running.remove(&activity);
        let Some(operation) = operation else {
            return;
        };
        let outcome = match resolution {
            LocalActivityResolution::Completed(result) => Ok(result),
            LocalActivityResolution::Failed(failure) => Err(failure),
            LocalActivityResolution::BackOff(backoff) => {
                operation.backoff.set(Some(backoff));
                operation.phase.set(LocalPhase::TimerUnsent);
                self.draft(UnsentCommand::StartLocalBackoff(operation));
                return;
            }
        };
        operation.phase.set(LocalPhase::Over);
        self.forget(operation.number);
        operation.slot.fill(outcome);
    }

    /// Cancels a local activity by its cancellation type; its future resolves accordingly.
    pub(in crate::workflow) fn cancel_local_activity(
        &self,
        operation: &LocalOperation,
        canceled: &Canceled,
    ) {
        match (operation.phase.get(), operation.cancellation) {
            (LocalPhase::Canceling | LocalPhase::Over, _) => return,
            (LocalPhase::Sent(activity), CancellationType::WaitCancellationCompleted) => {
                operation.phase.set(LocalPhase::Canceling);
                self.draft(UnsentCommand::CancelLocalActivity(
                    activity,
                    LocalCancellation::Wait,
                    Wish::Said,
                ));
                return;
            }
            (phase, _) => self.give_up(operation, phase, Wish::Said),
        }
        self.forget(operation.number);
        operation.slot.fill(Err(Box::new(canceled.to_failure())));
    }

    /// The future of a local activity was dropped.
    pub(in crate::workflow) fn drop_local_activity(&self, operation: &LocalOperation) {
        if self.is_silent() {
            return;
        }
        operation.slot.leave();
        self.forget(operation.number);
        match operation.phase.get() {
            LocalPhase::Canceling | LocalPhase::Over => {}
            phase => self.give_up(operation, phase, Wish::of_drop()),
        }
    }

    fn give_up(&self, operation: &LocalOperation, phase: LocalPhase, wish: Wish) {
        operation.phase.set(LocalPhase::Over);
        match phase {
            LocalPhase::Sent(activity) => {
                let given_up = self.local.borrow_mut().running.remove(&activity);
                drop(given_up);
                let cancellation = match operation.cancellation {
                    CancellationType::Abandon => LocalCancellation::Abandon,
                    CancellationType::TryCancel | CancellationType::WaitCancellationCompleted => {
                        LocalCancellation::Stop
                    }
                };
                self.draft(UnsentCommand::CancelLocalActivity(
                    activity,
                    cancellation,
                    wish,
                ));
            }
            LocalPhase::Waiting(timer) => {
                let given_up = self.local.borrow_mut().waiting.remove(&timer);
                drop(given_up);
                self.draft(UnsentCommand::CancelTimer(timer, wish));
            }
            LocalPhase::Unsent
            | LocalPhase::TimerUnsent
            | LocalPhase::Canceling
            | LocalPhase::Over => {}
        }
    }
}
