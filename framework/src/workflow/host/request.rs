//! What futures ask of the host: to begin, to cancel, and to give up.

use std::{rc::Rc, time::Duration};

use super::host::{Operation, ProgramHost, UnsentCommand, Wish};
use crate::{
    definition::Failure as _,
    model::{
        ActivityFailureInfo, ActivityOptions, ActivityType, Failure, FailureInfo, Payloads,
        RetryState,
    },
    workflow::{
        Canceled, CancellationType,
        operation::{ActivityOperation, Phase, TimerOperation, WaitOperation},
        race,
        scope::Scope,
    },
};

impl ProgramHost {
    /// The type of this name; the program's calls share it.
    pub(in crate::workflow) fn activity_type(&self, name: &'static str) -> ActivityType {
        let mut types = self.activity_types.borrow_mut();
        let known = types.entry(name).or_insert_with(|| name.into());
        known.clone()
    }

    pub(in crate::workflow) fn schedule_activity(
        &self,
        scope: &Scope,
        operation: &Rc<ActivityOperation>,
        input: Payloads,
        options: ActivityOptions,
    ) {
        if let Some(canceled) = scope.canceled() {
            operation.end();
            operation
                .slot
                .fill(Err(Box::new(canceled_activity(operation, canceled))));
            return;
        }
        let live = Operation::Activity(Rc::clone(operation));
        self.remember(operation.number, scope, live);
        self.draft(UnsentCommand::ScheduleActivity {
            operation: Rc::clone(operation),
            input,
            options: Box::new(options),
        });
    }

    pub(in crate::workflow) fn start_timer(
        &self,
        scope: &Scope,
        operation: &Rc<TimerOperation>,
        duration: Duration,
    ) {
        if let Some(canceled) = scope.canceled() {
            operation.phase.set(Phase::Over);
            operation.slot.fill(Err(canceled.clone()));
        } else if duration.is_zero() {
            operation.phase.set(Phase::Over);
            operation.slot.fill(Ok(()));
        } else {
            let live = Operation::Timer(Rc::clone(operation));
            self.remember(operation.number, scope, live);
            self.draft(UnsentCommand::StartTimer(Rc::clone(operation), duration));
        }
    }

    pub(in crate::workflow) fn begin_wait(&self, scope: &Scope, operation: &Rc<WaitOperation>) {
        self.wait_as(Operation::Wait, scope, operation);
    }

    /// The same of a wait that changes of the state do not end.
    pub(in crate::workflow) fn begin_turn(&self, scope: &Scope, operation: &Rc<WaitOperation>) {
        self.wait_as(Operation::Turn, scope, operation);
    }

    fn wait_as(
        &self,
        kind: fn(Rc<WaitOperation>) -> Operation,
        scope: &Scope,
        operation: &Rc<WaitOperation>,
    ) {
        if let Some(canceled) = scope.canceled() {
            operation.slot.fill(canceled.clone());
        } else {
            let live = kind(Rc::clone(operation));
            self.remember(operation.number, scope, live);
        }
    }

    /// Cancels an activity by its cancellation type; its future resolves accordingly.
    pub(in crate::workflow) fn cancel_activity(
        &self,
        operation: &ActivityOperation,
        canceled: &Canceled,
    ) {
        match (operation.phase.get(), operation.cancellation) {
            (Phase::Canceling | Phase::Over, _) => return,
            (Phase::Sent(activity), CancellationType::WaitCancellationCompleted) => {
                operation.phase.set(Phase::Canceling);
                self.draft(UnsentCommand::CancelActivity(activity, Wish::Said));
                return;
            }
            (Phase::Sent(activity), CancellationType::TryCancel) => {
                self.draft(UnsentCommand::CancelActivity(activity, Wish::Said));
                self.forget_activity(activity);
            }
            (Phase::Sent(activity), CancellationType::Abandon) => self.forget_activity(activity),
            (Phase::Unsent, _) => {}
        }
        operation.end();
        self.forget(operation.number);
        operation
            .slot
            .fill(Err(Box::new(canceled_activity(operation, canceled))));
    }

    /// The future of an activity was dropped.
    pub(in crate::workflow) fn drop_activity(&self, operation: &ActivityOperation) {
        if self.is_silent() {
            return;
        }
        operation.slot.leave();
        self.forget(operation.number);
        match (operation.phase.get(), operation.cancellation) {
            // An abandoned activity goes its own way, sent or not.
            (_, CancellationType::Abandon) | (Phase::Canceling | Phase::Over, _) => {}
            (Phase::Unsent, _) => operation.end(),
            (Phase::Sent(activity), _) => {
                operation.end();
                self.forget_activity(activity);
                self.draft(UnsentCommand::CancelActivity(activity, Wish::of_drop()));
            }
        }
    }

    /// The future of a timer was dropped.
    pub(in crate::workflow) fn drop_timer(&self, operation: &TimerOperation) {
        if !self.is_silent() {
            operation.slot.leave();
            self.cancel_timer_as(operation, Wish::of_drop());
        }
    }

    /// A timer is not needed any more, whatever becomes of its future.
    pub(in crate::workflow) fn give_timer_up(&self, operation: &TimerOperation) {
        operation.slot.leave();
        self.cancel_timer_as(operation, Wish::Said);
    }

    /// The future of a wait was dropped, or is done.
    pub(in crate::workflow) fn drop_wait(&self, operation: &WaitOperation) {
        operation.slot.leave();
        self.forget(operation.number);
    }

    pub(super) fn cancel_timer(&self, operation: &TimerOperation, canceled: Canceled) {
        self.cancel_timer_as(operation, Wish::Said);
        operation.slot.fill(Err(canceled));
    }

    fn cancel_timer_as(&self, operation: &TimerOperation, wish: Wish) {
        self.forget(operation.number);
        if let Phase::Sent(timer) = operation.phase.replace(Phase::Over) {
            self.forget_timer(timer);
            self.draft(UnsentCommand::CancelTimer(timer, wish));
        }
    }
}

impl Wish {
    /// What the drop of a future that goes on right now stands for.
    pub(super) fn of_drop() -> Self {
        if race::is_losing() {
            Self::Said
        } else {
            Self::Dropped
        }
    }
}

/// The failure of an activity that is given up without waiting for its end.
fn canceled_activity(operation: &ActivityOperation, canceled: &Canceled) -> Failure {
    let info = ActivityFailureInfo {
        activity_type: operation.activity_type.clone(),
        activity_id: operation.activity_id.borrow().clone().unwrap_or_default(),
        retry_state: RetryState::CancelRequested,
        ..ActivityFailureInfo::default()
    };
    Failure::new("activity canceled", FailureInfo::Activity(info)).with_cause(canceled.to_failure())
}
