//! What a workflow task fails with when the program is at fault.

use derive_more::{Debug, Display};

use super::task::Stray;
use crate::{
    machine::task::WorkflowTaskFailure,
    model::{Failure, PayloadError, WorkflowId, event::workflow_task::FailedCause},
    panic::Panic,
};

/// The failure of a workflow task whose program cannot go on.
pub(super) fn program(failure: Failure) -> WorkflowTaskFailure {
    WorkflowTaskFailure {
        cause: FailedCause::WorkflowWorkerUnhandledFailure,
        failure,
    }
}

/// The failure of a panic in workflow code.
pub(super) fn panicked(panic: Panic) -> Failure {
    let message = format!("workflow code panicked: {}", panic.message);
    Failure {
        stack_trace: panic.place,
        ..Failure::own(message, "Panic")
    }
}

/// The failure of a run whose result cannot be written.
pub(super) fn unwritable_result(workflow_type: &str, error: &PayloadError) -> Failure {
    let message = format!("result of workflow {workflow_type} is malformed: {error}");
    Failure::own_final(message, "MalformedResult")
}

/// Whose workflow task fails.
#[derive(Clone, Debug, Display)]
#[display("workflow {workflow_type} ({workflow_id})")]
pub(super) struct Subject {
    pub(super) workflow_type: &'static str,
    pub(super) workflow_id: WorkflowId,
}

/// The failure of a program that waits for what sempre does not bring.
pub(super) fn stray(subject: &Subject, stray: &Stray) -> Failure {
    match stray {
        Stray::Stuck => Failure::own(
            format!(
                "{subject} is stuck: its main routine waits for something that nothing can ever \
                 wake it for. Wait for an activity, for ctx.sleep or for ctx.wait_until instead"
            ),
            "Stuck",
        ),
        Stray::Foreign(routine) => Failure::own(
            format!(
                "{subject} awaits, in its {routine}, a future that sempre did not make, such as a \
                 timer, a socket or a channel of tokio. Use an activity, ctx.sleep or \
                 ctx.wait_until instead, and ctx.foreign(…) around what only this workflow wakes, \
                 such as a channel between its own branches"
            ),
            "ForeignFuture",
        ),
    }
}

/// The failure of a program that was woken by something other than its history.
pub(super) fn woken_from_outside(subject: &Subject) -> Failure {
    let message = format!(
        "{subject} was woken from outside, between two workflow tasks or from another thread: it \
         awaits a future that sempre did not make, such as a timer, a socket or a channel of \
         tokio, and would go another way on replay. Use an activity, ctx.sleep or ctx.wait_until \
         instead; ctx.foreign(…) is for what only this workflow wakes"
    );
    Failure::own(message, "ForeignFuture")
}

/// The failure of a program that does not come to rest.
pub(super) fn restless(subject: &Subject) -> Failure {
    let message = format!(
        "{subject} does not come to rest: it wakes itself again and again without waiting for \
         anything"
    );
    Failure::own(message, "Restless")
}
