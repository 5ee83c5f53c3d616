//! Running one attempt: the user's code, its panics, and the report at its end.

use crate::{
    activity::{ActivityContext, ActivityInfo, AsyncActivity, BlockingActivity, until_handed_over},
    machine::execution::{ActivityTask, decide::AttemptOutcome},
    model::{Failure, Payloads},
    panic::{Panic, catch, catch_async},
};

/// The type that the failure of a panicking activity has; a retry policy can name it.
pub(super) const PANIC: &str = "Panic";

/// Runs async code to its end, or until it leaves the rest to somebody else.
pub(super) async fn run(
    code: AsyncActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> AttemptOutcome {
    let seen = ctx.clone();
    // The call itself may panic too, before there is a future.
    let ended = match catch(|| code(ctx, input)) {
        Ok(attempt) => catch_async(until_handed_over(attempt, seen)).await,
        Err(panic) => Err(panic),
    };
    match ended {
        Ok(Some(ended)) => outcome(ended),
        Ok(None) => AttemptOutcome::HandedOver,
        Err(panic) => outcome(Err(panicked(panic))),
    }
}

/// Runs blocking code to its end.
pub(super) fn run_blocking(
    code: &BlockingActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> AttemptOutcome {
    outcome(catch(|| code(ctx, input)).unwrap_or_else(|panic| Err(panicked(panic))))
}

fn outcome(ended: Result<Payloads, Failure>) -> AttemptOutcome {
    match ended {
        Ok(result) => AttemptOutcome::Completed(result),
        Err(failure) => AttemptOutcome::Failed(Box::new(failure)),
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
        scheduled_event_id: task.scheduled_event_id,
        activity_id: task.activity_id,
        activity_type: task.activity_type,
        task_queue: task.task_queue,
        attempt: task.attempt,
        scheduled_at: task.scheduled_at,
        started_at: task.started_at,
        deadline: task.deadline,
        heartbeat_timeout: task.heartbeat_timeout,
        heartbeat_details: task.heartbeat_details,
        is_local: false,
    };
    (info, task.input)
}
