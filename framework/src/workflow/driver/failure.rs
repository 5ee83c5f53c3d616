//! What a workflow task fails with when the program is at fault.

use std::any::Any;

use crate::{
    engine::task::WorkflowTaskFailure,
    model::{Failure, event::workflow_task::FailedCause},
    panic::panic_text,
};

/// The failure of a workflow task whose program cannot go on.
pub(super) fn program(failure: Failure) -> WorkflowTaskFailure {
    WorkflowTaskFailure {
        cause: FailedCause::WorkflowWorkerUnhandledFailure,
        failure,
    }
}

/// The failure of a panic in workflow code.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let message = panic_text(panic);
    Failure::application(format!("workflow code panicked: {message}"), "Panic")
}

/// The failure of a program that waits for what no history can bring.
pub(super) fn foreign_future(workflow_type: &str) -> Failure {
    let message = format!(
        "workflow {workflow_type} waits, but for nothing that sempre can bring: it awaits a future \
         that sempre did not make, such as a timer or a channel of tokio, a request over the \
         network, or one that never resolves. Use ctx.sleep, ctx.wait_until or an activity instead"
    );
    Failure::application(message, "ForeignFuture")
}

/// The failure of a program that was woken by something other than its history.
pub(super) fn woken_from_outside(workflow_type: &str) -> Failure {
    let message = format!(
        "workflow {workflow_type} was woken from outside, between two workflow tasks or from \
         another thread: it awaits a future that sempre did not make, such as a timer or a channel \
         of tokio, and would go another way on replay. Use ctx.sleep, ctx.wait_until or an \
         activity instead"
    );
    Failure::application(message, "ForeignFuture")
}

/// The failure of a program that does not come to rest.
pub(super) fn restless(workflow_type: &str) -> Failure {
    let message = format!(
        "workflow {workflow_type} does not come to rest: it wakes itself again and again without \
         waiting for anything"
    );
    Failure::application(message, "Restless")
}
