//! What a run waits for, and since when: read off its description.

use std::time::Duration;

use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Either, select},
    stream,
};
use futures_timer::Delay;
use sempre::{
    Timestamp,
    client::{
        ActivityDescription, ListedRun, PauseDescription, ProblemKind, RequestError,
        WorkflowDescription,
    },
};

use crate::visit::Visit;

/// Something that a run waits for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Wait {
    /// What it is, such as `activity charge, attempt 3`.
    pub(crate) what: String,
    /// Since when it waits, if that is known.
    pub(crate) since: Option<Timestamp>,
    /// Until when, if it is a point in time.
    pub(crate) until: Option<Timestamp>,
    /// Whether it should not be so.
    pub(crate) is_trouble: bool,
}

impl Wait {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            since: None,
            until: None,
            is_trouble: false,
        }
    }
}

/// What an open run waits for, what keeps it from going on first; nothing if it has closed.
pub(crate) fn waits(run: &WorkflowDescription, now: Timestamp) -> Vec<Wait> {
    if !run.status.is_open() {
        return Vec::new();
    }
    let mut waits: Vec<Wait> = run.problems.iter().filter_map(blocking).collect();
    if let Some(pause) = &run.pause {
        waits.push(Wait {
            since: Some(pause.at),
            ..Wait::new(held("somebody to unpause it", pause))
        });
    }
    if let Some(task) = &run.workflow_task {
        waits.push(match task.attempt {
            0 | 1 => Wait {
                since: Some(task.scheduled_at),
                ..Wait::new("its workflow code to run")
            },
            attempt => Wait {
                until: Some(task.not_before).filter(|at| *at > now),
                is_trouble: true,
                ..Wait::new(format!("its workflow task, attempt {attempt}"))
            },
        });
    }
    waits.extend(run.activities.iter().map(|it| activity(it, now)));
    waits.extend(run.children.iter().map(|child| {
        let id = &child.execution.workflow_id;
        Wait::new(format!("child {} {id}", child.workflow_type))
    }));
    waits.extend(run.timers.iter().map(|timer| Wait {
        since: Some(timer.started_at),
        until: Some(timer.fires_at),
        ..Wait::new("a timer")
    }));
    if waits.is_empty() {
        waits.push(Wait::new("a message"));
    }
    waits
}

fn blocking(problem: &sempre::client::Problem) -> Option<Wait> {
    let what = match &problem.kind {
        ProblemKind::Quarantined => "an operator: it is quarantined".to_owned(),
        ProblemKind::WorkflowTypeNotRegistered { workflow_type } => {
            format!("code for workflow {workflow_type}")
        }
        ProblemKind::WorkflowVersionNotRegistered {
            workflow_type,
            version,
        } => format!("code for workflow {workflow_type}, version {version}"),
        ProblemKind::ActivityTypeNotRegistered { activity_type, .. } => {
            format!("code for activity {activity_type}")
        }
        ProblemKind::WorkflowTypePaused { workflow_type } => {
            return Some(Wait::new(format!(
                "somebody to unpause workflow type {workflow_type}"
            )));
        }
        ProblemKind::TaskQueuePaused { task_queue } => {
            return Some(Wait::new(format!(
                "somebody to unpause task queue {task_queue}"
            )));
        }
        _ => return None,
    };
    Some(Wait {
        is_trouble: true,
        ..Wait::new(what)
    })
}

/// What is waited for where somebody has paused something.
fn held(what: &str, pause: &PauseDescription) -> String {
    match pause.reason.as_str() {
        "" => format!("{what}, paused by {}", pause.identity),
        reason => format!("{what}, paused by {}: {reason}", pause.identity),
    }
}

fn activity(activity: &ActivityDescription, now: Timestamp) -> Wait {
    let name = &activity.activity_type;
    if let Some(pause) = activity
        .pause
        .as_ref()
        .filter(|_| activity.started_at.is_none())
    {
        return Wait {
            since: Some(pause.at),
            ..Wait::new(held(&format!("somebody to unpause activity {name}"), pause))
        };
    }
    if activity.handed_over {
        return Wait {
            since: activity.started_at,
            ..Wait::new(format!("somebody to complete activity {name}"))
        };
    }
    let attempt = match activity.attempt {
        0 | 1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    Wait {
        since: activity.started_at,
        until: activity.next_attempt_at.filter(|at| *at > now),
        is_trouble: activity.last_failure.is_some(),
        ..Wait::new(format!("activity {name}{attempt}"))
    }
}

/// How long a list waits for what its runs wait for; what is not known then is left out.
const PATIENCE: Duration = Duration::from_millis(60);
/// Bound: runs that are asked at the same time. Asking brings a run into memory.
const ASKED_MAX: usize = 16;

/// What each of these runs waits for, as far as that is known before long; by their order.
pub(crate) async fn waits_of(visit: &Visit, runs: &[ListedRun]) -> Vec<Option<Vec<Wait>>> {
    let mut found: Vec<Option<Vec<Wait>>> = runs.iter().map(|_| None).collect();
    let open = runs.iter().enumerate();
    let open = open.filter(|(_, run)| run.status.is_open() && run.damage.is_none());
    let to_ask: Vec<BoxFuture<'static, (usize, Described)>> = open
        .map(|(index, run)| {
            let handle = visit.handle(run.workflow_id.as_str(), Some(run.run_id));
            async move { (index, handle.describe().await) }.boxed()
        })
        .collect();
    let mut answers = stream::iter(to_ask).buffer_unordered(ASKED_MAX);
    let mut patience = Delay::new(PATIENCE);
    // Bound: each turn takes an answer away, or the patience ends.
    loop {
        match select(answers.next(), &mut patience).await {
            Either::Left((Some((index, described)), _)) => {
                if let (Ok(run), Some(found)) = (described, found.get_mut(index)) {
                    *found = Some(waits(&run, visit.now));
                }
            }
            Either::Left((None, _)) | Either::Right(_) => return found,
        }
    }
}

type Described = Result<WorkflowDescription, RequestError>;
