//! What a schedule has done for it: times are planned, actions started, and those that run stopped.
//!
//! Each may be carried out more than once, and does no harm then: a start finds the run that has its
//! request id, and a run is stopped once.

use std::time::Duration;

use sempre_macros::activity;
use serde::{Deserialize, Serialize};

use crate::{
    activity::ActivityContext,
    client::{Reach, Refusal, StartRequest, Target},
    definition::ApplicationFailure,
    dispatch::{TaskQueueOptions, TaskQueuesBuilder},
    machine::execution::decide::{Inheritance, RequestCancel, Terminate},
    model::{
        EventAttributes, Identity, Payloads, RequestId, SearchAttribute, TaskQueue, Timestamp,
        WorkflowExecution, WorkflowIdConflictPolicy,
    },
    schedule::{
        ScheduledStart,
        desk::{Plan, PlanRequest, Planned, RecentAction, Stop},
        times::Times,
    },
};

/// Bound: times that are planned at once where they are due already.
const DUE_MAX: usize = 500;
/// How far is planned ahead, beyond the first time: rules of time zones change.
const AHEAD: Duration = Duration::from_secs(24 * 3_600);
/// Bound: times that are planned ahead.
const AHEAD_MAX: usize = 8;
/// Bound: times that are counted as missed.
const MISSED_MAX: usize = 10_000;

const SCHEDULED_BY: SearchAttribute<String> = SearchAttribute::keyword("TemporalScheduledById");
const SCHEDULED_START: SearchAttribute<Timestamp> =
    SearchAttribute::datetime("TemporalScheduledStartTime");

/// The task queue of all schedules.
const QUEUE: &str = "temporal-sys-scheduler";
/// Bound: how many of them are served at once.
const ATTEMPTS_MAX: usize = 10_000;

/// Adds the activities of schedules, on a task queue of their own.
pub(crate) fn add_activities(queues: &mut TaskQueuesBuilder) {
    let queue = queue();
    // Invariant: the names are four, so none replaces another.
    let _none = queues.register(queue.clone(), plan);
    let _none = queues.register(queue.clone(), start);
    let _none = queues.register(queue.clone(), stop);
    let _none = queues.register(queue.clone(), forget);
    queues.configure(
        queue,
        TaskQueueOptions::default().max_concurrent_attempts(ATTEMPTS_MAX),
    );
}

/// The queue that schedules and what is done for them are on.
pub(super) fn queue() -> TaskQueue {
    TaskQueue::new(QUEUE)
}

/// An action and what its run is told of those before.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct StartAction {
    pub(super) schedule_id: String,
    pub(super) start: ScheduledStart,
    pub(super) action: RecentAction,
    pub(super) last_completed: Option<WorkflowExecution>,
    pub(super) last_failed: Option<WorkflowExecution>,
}

/// Actions that are to stop.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct StopActions {
    pub(super) schedule_id: String,
    pub(super) executions: Vec<WorkflowExecution>,
    pub(super) stop: Stop,
}

/// Finds the next times of a schedule.
#[activity(name = "temporal-sys-scheduler-plan", start_to_close = "60s")]
pub(super) async fn plan(request: PlanRequest) -> Result<Plan, ApplicationFailure> {
    let times = Times::of(&request.spec).map_err(|error| {
        ApplicationFailure::new(error.to_string(), "InvalidSchedule").non_retryable()
    })?;
    Ok(planned(&times, &request))
}

/// The next times, as many as are wanted.
pub(super) fn planned(times: &Times, request: &PlanRequest) -> Plan {
    let mut plan = Plan {
        times: Vec::new(),
        missed: 0,
        is_last: false,
    };
    let PlanRequest { now, until, .. } = *request;
    let mut after = request.after;
    // Bound: what is missed is counted so far, and passed at once then.
    while after < request.not_before {
        let Some(next) = times.next(after).filter(|next| *next < request.not_before) else {
            break;
        };
        plan.missed += 1;
        after = next;
        if plan.missed >= MISSED_MAX as u64 {
            after = request.not_before.before(Duration::from_nanos(1));
        }
    }
    loop {
        let next = times.next(after);
        let Some(time) = next.filter(|next| until.is_none_or(|until| *next <= until)) else {
            plan.is_last = true;
            return plan;
        };
        let many = plan.times.len();
        let is_enough = if until.is_some() || time <= now {
            many >= DUE_MAX
        } else {
            many >= AHEAD_MAX || (many > 0 && time > now.after(AHEAD))
        };
        if is_enough {
            return plan;
        }
        let at = times.jittered(&request.schedule_id, time);
        plan.times.push(Planned { time, at });
        after = time;
    }
}

/// Starts an action; says which run it has become.
#[activity(name = "temporal-sys-scheduler-start", start_to_close = "60s")]
pub(super) async fn start(
    ctx: ActivityContext,
    input: StartAction,
) -> Result<WorkflowExecution, ApplicationFailure> {
    let service = ctx.engine().service();
    let StartAction {
        schedule_id,
        start,
        action,
        ..
    } = &input;
    let second = Timestamp::from_secs(action.time.as_nanos() / 1_000_000_000);
    let attributes = [
        SCHEDULED_BY.set(schedule_id.clone()),
        SCHEDULED_START.set(second),
    ];
    let mut options = start.options.clone();
    // A run that another request has started would not tell of this action's end.
    options.id_conflict_policy = WorkflowIdConflictPolicy::Fail;
    options
        .search_attributes
        .apply_given(&attributes.into_iter().collect());
    let request = StartRequest {
        workflow_id: action.execution.workflow_id.clone(),
        workflow_type: start.workflow_type.clone(),
        input: start.input.clone(),
        options,
        request_id: action.request_id.clone(),
        identity: identity(schedule_id),
        signal: None,
        update: None,
        inheritance: Some(Box::new(inheritance(&ctx, &input).await?)),
    };
    let started = service
        .start(request)
        .await
        .map_err(|refusal| failure(&refusal))?;
    Ok(WorkflowExecution {
        workflow_id: action.execution.workflow_id.clone(),
        run_id: started.run_id,
    })
}

/// What the actions before have left.
async fn inheritance(
    ctx: &ActivityContext,
    input: &StartAction,
) -> Result<Inheritance, ApplicationFailure> {
    let mut inheritance = Inheritance::default();
    if let Some(completed) = &input.last_completed
        && let Some(EventAttributes::WorkflowExecutionCompleted(it)) = close(ctx, completed).await?
    {
        inheritance.last_completion_result = it.result;
    }
    if let Some(failed) = &input.last_failed
        && let Some(EventAttributes::WorkflowExecutionFailed(it)) = close(ctx, failed).await?
    {
        inheritance.continued_failure = Some(it.failure);
    }
    Ok(inheritance)
}

/// How a run has closed that is known to have; `None` if it is there no longer.
async fn close(
    ctx: &ActivityContext,
    execution: &WorkflowExecution,
) -> Result<Option<EventAttributes>, ApplicationFailure> {
    match ctx.engine().service().await_close(at_run(execution)).await {
        Ok(close) => Ok(Some(close)),
        Err(Refusal::Unavailable(outage)) => Err(failure(&Refusal::Unavailable(outage))),
        Err(refusal @ Refusal::Busy { .. }) => Err(failure(&refusal)),
        Err(_) => Ok(None),
    }
}

/// Stops actions that run.
#[activity(name = "temporal-sys-scheduler-stop", start_to_close = "60s")]
pub(super) async fn stop(
    ctx: ActivityContext,
    input: StopActions,
) -> Result<(), ApplicationFailure> {
    let service = ctx.engine().service();
    for execution in &input.executions {
        let target = Target {
            workflow_id: execution.workflow_id.clone(),
            run_id: Some(execution.run_id),
            reach: Reach::Chain,
        };
        let answer = match input.stop {
            Stop::Cancel => {
                let message = RequestCancel {
                    cause: "canceled by schedule overlap policy".to_owned(),
                    identity: identity(&input.schedule_id),
                    request_id: RequestId::default(),
                };
                service.request_cancel(target, message).await
            }
            Stop::Terminate => {
                let message = Terminate {
                    reason: "terminated by schedule overlap policy".to_owned(),
                    details: Payloads::EMPTY,
                    identity: identity(&input.schedule_id),
                };
                service.terminate(target, message).await
            }
        };
        match answer {
            // One that has closed meanwhile is no longer in the way.
            Ok(()) | Err(Refusal::Rejected(_) | Refusal::NotFound { .. }) => {}
            Err(refusal) => return Err(failure(&refusal)),
        }
    }
    Ok(())
}

/// Deletes the run that this one follows: all that it knew has been handed on.
#[activity(name = "temporal-sys-scheduler-forget", start_to_close = "60s")]
pub(super) async fn forget(
    ctx: ActivityContext,
    execution: WorkflowExecution,
) -> Result<(), ApplicationFailure> {
    match ctx.engine().service().delete(at_run(&execution)).await {
        Err(refusal @ (Refusal::Unavailable(_) | Refusal::Busy { .. } | Refusal::Unknown(_))) => {
            Err(failure(&refusal))
        }
        _ => Ok(()),
    }
}

fn at_run(execution: &WorkflowExecution) -> Target {
    Target {
        workflow_id: execution.workflow_id.clone(),
        run_id: Some(execution.run_id),
        reach: Reach::Run,
    }
}

/// Who a schedule is in histories, as on Temporal's server.
fn identity(schedule_id: &str) -> Identity {
    Identity::new(format!("temporal-scheduler-default-{schedule_id}"))
}

/// What is refused for now is asked for again; the rest is final.
fn failure(refusal: &Refusal) -> ApplicationFailure {
    let failure = ApplicationFailure::new(refusal.to_string(), "Refused");
    match refusal {
        Refusal::Busy { .. } | Refusal::Unavailable(_) | Refusal::Unknown(_) => failure,
        _ => failure.non_retryable(),
    }
}
