//! What a bulk job has done for it: runs are found, and acted on.

use futures::future::join_all;
use sempre_macros::activity;

use crate::{
    activity::ActivityContext,
    bulk::{
        act::{Actor, at_run},
        ledger::{ActRequest, FindRequest, PAGE, Which},
        record::{Acted, Found, Recorded},
        verdict::{RunProblem, Verdict},
    },
    client::{ListRunsError, Refusal, RequestError},
    definition::ApplicationFailure,
    dispatch::{TaskQueueOptions, TaskQueuesBuilder},
    model::{TaskQueue, WorkflowExecution},
};

/// The task queue of all bulk jobs.
const QUEUE: &str = "temporal-sys-batch";
/// Bound: how many of them are served at once.
const ATTEMPTS_MAX: usize = 100;
/// Bound: runs that a job acts on at the same time.
const AT_ONCE: usize = 16;

/// The name of the activity that finds runs.
pub(super) const FIND: &str = "temporal-sys-batch-find";
/// The name of the activity that acts on them.
pub(super) const ACT: &str = "temporal-sys-batch-act";

/// Adds the activities of bulk jobs, on a task queue of their own.
pub(crate) fn add_activities(queues: &mut TaskQueuesBuilder) {
    let queue = queue();
    // Invariant: the names are two, so none replaces another.
    let _none = queues.register(queue.clone(), find);
    let _none = queues.register(queue.clone(), act);
    queues.configure(
        queue,
        TaskQueueOptions::default().max_concurrent_attempts(ATTEMPTS_MAX),
    );
}

/// The queue that bulk jobs and what is done for them are on.
pub(crate) fn queue() -> TaskQueue {
    TaskQueue::new(QUEUE)
}

/// Finds further runs of a job.
#[activity(name = "temporal-sys-batch-find", start_to_close = "600s")]
pub(super) async fn find(
    ctx: ActivityContext,
    request: FindRequest,
) -> Result<Found, ApplicationFailure> {
    let engine = ctx.engine();
    let Some(finder) = engine.finder() else {
        return Err(ApplicationFailure::new("there is no engine", "Refused"));
    };
    let found = finder.find(&request.filter, request.before, PAGE).await;
    let (runs, next) = found.map_err(|error| list_failure(&error))?;
    let runs = runs.into_iter().map(|run| (run.workflow_id, run.run_id));
    Ok(Found {
        runs: runs.collect(),
        next,
    })
}

/// Acts on runs of a job; says what came of each.
///
/// It stops at the first that has no answer, so that a job waits where the engine does.
#[activity(name = "temporal-sys-batch-act", start_to_close = "600s")]
pub(super) async fn act(
    ctx: ActivityContext,
    request: ActRequest,
) -> Result<Acted, ApplicationFailure> {
    let service = ctx.engine().service();
    let job = &ctx.info().execution;
    let part = WorkflowExecution {
        workflow_id: job.workflow_id.clone(),
        run_id: request.part,
    };
    let history = service.readable_history(at_run(&part)).await;
    let history = history.map_err(|refusal| failure(&refusal))?;
    let recorded = Recorded::read(&history).map_err(|error| lost(&error.to_string()))?;
    let recorded = recorded.ok_or_else(|| lost("it is none of a job"))?;
    let (numbers, was_tried): (Vec<u64>, bool) = match &request.which {
        Which::Range(first, end) => ((*first..*end).collect(), false),
        Which::Again(numbers) => (numbers.clone(), true),
    };
    let runs = numbers.iter().map(|number| {
        let execution = recorded.execution(*number, request.found_from);
        let execution = execution.ok_or_else(|| lost(&format!("number={number} is missing")))?;
        Ok((*number, execution))
    });
    let runs = runs.collect::<Result<Vec<_>, ApplicationFailure>>()?;
    let actor = Actor {
        service,
        spec: recorded.ledger.spec,
        began_at: request.began_at,
        may_be_done: was_tried || ctx.info().attempt_of_all > 1,
    };
    let mut acted = act_on(&actor, runs, request.is_last_try).await;
    if was_tried {
        let tried = usize::try_from(acted.tried).unwrap_or(usize::MAX);
        acted.left.extend(numbers.into_iter().skip(tried));
    }
    Ok(acted)
}

/// Acts on these runs, some at the same time.
async fn act_on(actor: &Actor, runs: Vec<(u64, WorkflowExecution)>, is_last_try: bool) -> Acted {
    let mut acted = Acted {
        tried: 0,
        done: 0,
        problems: Vec::new(),
        left: Vec::new(),
        held_up: None,
    };
    let mut chunks = runs.chunks(AT_ONCE);
    while acted.held_up.is_none()
        && let Some(chunk) = chunks.next()
    {
        let verdicts = join_all(chunk.iter().map(|(_, run)| actor.act_on(run))).await;
        for ((number, execution), verdict) in chunk.iter().zip(verdicts) {
            acted.tried += 1;
            let mut problem = |is_skipped, cause| {
                acted.problems.push(RunProblem {
                    number: *number,
                    execution: execution.clone(),
                    is_skipped,
                    cause,
                });
            };
            match verdict {
                Verdict::Done => acted.done += 1,
                Verdict::Skipped(cause) => problem(true, cause),
                Verdict::Failed(cause) => problem(false, cause),
                Verdict::Again(held_up) if is_last_try && !held_up.is_busy => {
                    problem(false, held_up.cause);
                }
                Verdict::Again(held_up) => {
                    acted.left.push(*number);
                    acted.held_up = Some(held_up);
                }
            }
        }
    }
    acted
}

/// What is refused for now is asked for again; the rest is final.
fn failure(refusal: &Refusal) -> ApplicationFailure {
    let failure = ApplicationFailure::new(refusal.to_string(), "Refused");
    match refusal {
        Refusal::Busy { .. } | Refusal::Unavailable(_) | Refusal::Unknown(_) => failure,
        _ => failure.non_retryable(),
    }
}

fn list_failure(error: &ListRunsError) -> ApplicationFailure {
    let failure = ApplicationFailure::new(error.to_string(), "Refused");
    match error {
        ListRunsError::Request(
            RequestError::Busy { .. }
            | RequestError::Unavailable { .. }
            | RequestError::Unknown { .. },
        ) => failure,
        _ => failure.non_retryable(),
    }
}

/// The failure where a run of the job does not hold what it has found.
fn lost(why: &str) -> ApplicationFailure {
    let message = format!("a run of the job does not hold what it has found: {why}");
    ApplicationFailure::new(message, "Lost").non_retryable()
}
