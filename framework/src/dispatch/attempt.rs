//! Running one attempt: the user's code, its panics, and the report at its end.

use crate::{
    activity::{ActivityCode, ActivityContext, ActivityInfo},
    dispatch::BlockingPool,
    engine::execution::ActivityTask,
    model::{Failure, Payloads},
    panic::{Panic, catch, catch_async},
};

/// The type that the failure of a panicking activity has; a retry policy can name it.
pub(super) const PANIC: &str = "Panic";

/// Runs user code to its end.
pub(super) async fn run(
    code: ActivityCode,
    ctx: ActivityContext,
    input: Payloads,
    blocking: BlockingPool,
) -> Result<Payloads, Failure> {
    match code {
        ActivityCode::Async(code) => {
            // The call itself may panic too, before there is a future.
            catch_async(async move { code(ctx, input).await })
                .await
                .unwrap_or_else(|panic| Err(panicked(panic)))
        }
        ActivityCode::Blocking(code) => {
            let attempt =
                move || catch(|| code(ctx, input)).unwrap_or_else(|panic| Err(panicked(panic)));
            let joined = blocking.spawn(attempt).await;
            // Panics are caught inside, so this is the pool shutting down.
            joined.unwrap_or_else(|error| Err(Failure::server(error.to_string())))
        }
    }
}

fn panicked(panic: Panic) -> Failure {
    let message = format!("activity panicked: {}", panic.message);
    Failure {
        stack_trace: panic.place,
        ..Failure::own(message, PANIC)
    }
}

/// What the user's code may know about its attempt, and what it is given.
pub(super) fn split(task: ActivityTask) -> (ActivityInfo, Payloads) {
    let info = ActivityInfo {
        execution: task.execution,
        workflow_type: task.workflow_type,
        activity_id: task.activity_id,
        activity_type: task.activity_type,
        task_queue: task.task_queue,
        attempt: task.attempt,
        scheduled_at: task.scheduled_at,
        started_at: task.started_at,
        deadline: task.deadline,
        heartbeat_timeout: task.heartbeat_timeout,
        heartbeat_details: task.heartbeat_details,
    };
    (info, task.input)
}
