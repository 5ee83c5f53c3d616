//! Running one attempt: the user's code, its panics, and the report at its end.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    activity::{ActivityContext, ActivityInfo, AsyncActivity, BlockingActivity, until_handed_over},
    interceptor::{InboundActivity, InboundCall, Scopes},
    machine::execution::{ActivityTask, decide::AttemptOutcome},
    metrics::Stopwatch,
    model::{Failure, Payloads, WorkflowId},
    panic::{Panic, catch, catch_async},
};

/// The type that the failure of a panicking activity has; a retry policy can name it.
pub(super) const PANIC: &str = "Panic";

/// The type of the failure of a value that a codec cannot encode or decode.
const CODEC: &str = "PayloadCodec";

/// Runs async code to its end, or until it leaves the rest to somebody else.
pub(super) async fn run(
    stopwatch: Stopwatch,
    code: AsyncActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> AttemptOutcome {
    let seen = ctx.clone();
    let ended = match decode(&seen, input).and_then(|input| Ok((input, arrive(&seen)?))) {
        Ok((input, scopes)) => call(scopes, code, ctx, input).await,
        Err(failure) => Some(Err(failure)),
    };
    let outcome = match ended {
        Some(ended) => outcome(&seen, ended),
        None => AttemptOutcome::HandedOver,
    };
    stopwatch.end(seen.info(), &outcome);
    outcome
}

/// Calls async code, and catches its panic; `None` if it leaves the rest to somebody else.
async fn call(
    mut scopes: Scopes,
    code: AsyncActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> Option<Result<Payloads, Failure>> {
    let seen = ctx.clone();
    // The call itself may panic too, before there is a future.
    let ended = match catch(|| code(ctx, input)) {
        Ok(attempt) => {
            let mut attempt = until_handed_over(attempt, seen);
            let scopes = &mut scopes;
            let stretch = move |cx: &mut Context<'_>| {
                let mut poll = Poll::Pending;
                scopes.run(&mut || poll = Pin::new(&mut attempt).poll(cx));
                poll
            };
            catch_async(poll_fn(stretch)).await
        }
        Err(panic) => Err(panic),
    };
    let ended = ended.unwrap_or_else(|panic| Some(Err(panicked(panic))));
    scopes.end(ended.as_ref().and_then(|ended| ended.as_ref().err()));
    ended
}

/// Calls blocking code, and catches its panic.
fn call_blocking(
    mut scopes: Scopes,
    code: &BlockingActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> Result<Payloads, Failure> {
    let (mut given, mut ended) = (Some((ctx, input)), None);
    let ran = catch(|| {
        scopes.run(&mut || ended = given.take().map(|(ctx, input)| code(ctx, input)));
    });
    let ended = match ran {
        // Invariant: scopes run what they are given.
        Ok(()) => ended.unwrap_or_else(|| Ok(Payloads::EMPTY)),
        Err(panic) => Err(panicked(panic)),
    };
    scopes.end(ended.as_ref().err());
    ended
}

/// Tells the interceptors that the attempt is about to run.
fn arrive(ctx: &ActivityContext) -> Result<Scopes, Failure> {
    let info = ctx.info();
    let call = InboundActivity::new(
        &info.execution,
        &info.workflow_type,
        &info.activity_id,
        &info.activity_type,
        info.attempt,
        info.is_local,
        &info.header,
    );
    let call = InboundCall::Activity(call);
    ctx.runner().interceptors().arrive(&call)
}

/// Runs blocking code to its end.
pub(super) fn run_blocking(
    stopwatch: Stopwatch,
    code: &BlockingActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> AttemptOutcome {
    let seen = ctx.clone();
    let ended = decode(&seen, input).and_then(|input| {
        let scopes = arrive(&seen)?;
        call_blocking(scopes, code, ctx, input)
    });
    let outcome = outcome(&seen, ended);
    stopwatch.end(seen.info(), &outcome);
    outcome
}

/// What the attempt is given, as its code reads it.
fn decode(ctx: &ActivityContext, mut input: Payloads) -> Result<Payloads, Failure> {
    let decoded = ctx.runner().codecs().decode(&mut input, workflow_id(ctx));
    decoded.map_err(|error| Failure::own(format!("input cannot be decoded: {error}"), CODEC))?;
    Ok(input)
}

/// How the attempt has ended, as it is kept.
fn outcome(ctx: &ActivityContext, ended: Result<Payloads, Failure>) -> AttemptOutcome {
    let encoded = ended.and_then(|mut result| {
        let encoded = ctx.runner().codecs().encode(&mut result, workflow_id(ctx));
        encoded.map_err(|error| Failure::own(format!("result is not encoded: {error}"), CODEC))?;
        Ok(result)
    });
    let mut failure = match encoded {
        Ok(result) => return AttemptOutcome::Completed(result),
        Err(failure) => failure,
    };
    if let Err(error) = ctx.runner().codecs().encode(&mut failure, workflow_id(ctx)) {
        failure = Failure::own(format!("failure is not encoded: {error}"), CODEC);
    }
    AttemptOutcome::Failed(Box::new(failure))
}

fn workflow_id(ctx: &ActivityContext) -> &WorkflowId {
    &ctx.info().execution.workflow_id
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
        attempt: task.number,
        attempt_of_all: task.attempt,
        scheduled_at: task.scheduled_at,
        started_at: task.started_at,
        deadline: task.deadline,
        heartbeat_timeout: task.heartbeat_timeout,
        heartbeat_details: task.heartbeat_details,
        is_local: false,
        header: task.header,
    };
    (info, task.input)
}
