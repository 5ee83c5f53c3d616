//! The rules that fill in and cap timeouts.

use std::time::Duration;

use derive_more::{Display, Error};

use crate::model::{ScheduleActivityTask, limits};

/// The timeouts of an activity with all defaults filled in; zero is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ActivityTimeouts {
    /// From the first scheduling to the end.
    pub schedule_to_close: Duration,
    /// From an attempt's scheduling to its start.
    pub schedule_to_start: Duration,
    /// From an attempt's start to its end.
    pub start_to_close: Duration,
    /// From a heartbeat to the next.
    pub heartbeat: Duration,
}

/// An activity was scheduled without a limit to how long an attempt may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display, Error)]
#[display("neither schedule_to_close nor start_to_close is set")]
pub struct NoTimeout;

/// Fills in and caps the timeouts of an activity; a zero counts as not set.
pub fn normalize_activity(
    asked: &ScheduleActivityTask,
    run_timeout: Option<Duration>,
) -> Result<ActivityTimeouts, NoTimeout> {
    let set = |timeout: Option<Duration>| timeout.filter(|timeout| !timeout.is_zero());
    let run_timeout = set(run_timeout);
    let schedule_to_start = set(asked.schedule_to_start_timeout);
    let start_to_close = set(asked.start_to_close_timeout);
    let (schedule_to_close, schedule_to_start, start_to_close) =
        match (set(asked.schedule_to_close_timeout), start_to_close) {
            (Some(whole), _) => (
                Some(whole),
                Some(schedule_to_start.map_or(whole, |part| part.min(whole))),
                Some(start_to_close.map_or(whole, |part| part.min(whole))),
            ),
            (None, Some(_)) => (
                run_timeout,
                schedule_to_start.or(run_timeout),
                start_to_close,
            ),
            (None, None) => return Err(NoTimeout),
        };
    let capped = |timeout: Option<Duration>| match (timeout, run_timeout) {
        (Some(timeout), Some(cap)) => timeout.min(cap),
        (timeout, _) => timeout.unwrap_or_default(),
    };
    let start_to_close = capped(start_to_close);
    Ok(ActivityTimeouts {
        schedule_to_close: capped(schedule_to_close),
        schedule_to_start: capped(schedule_to_start),
        start_to_close,
        heartbeat: set(asked.heartbeat_timeout)
            .map_or(Duration::ZERO, |heartbeat| heartbeat.min(start_to_close)),
    })
}

/// The timeouts of a run with all defaults filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunTimeouts {
    /// The limit of the whole execution.
    pub execution: Option<Duration>,
    /// The limit of the run.
    pub run: Option<Duration>,
    /// The limit of one workflow task.
    pub task: Duration,
}

/// Fills in and caps the timeouts of a run; a zero counts as not set.
pub fn normalize_run(
    execution: Option<Duration>,
    run: Option<Duration>,
    task: Duration,
) -> RunTimeouts {
    let execution = execution.filter(|timeout| !timeout.is_zero());
    let run = run.filter(|timeout| !timeout.is_zero());
    let run = match (run, execution) {
        (Some(run), Some(execution)) => Some(run.min(execution)),
        (run, execution) => run.or(execution),
    };
    let task = if task.is_zero() {
        limits::WORKFLOW_TASK_TIMEOUT
    } else {
        task.min(limits::WORKFLOW_TASK_TIMEOUT_MAX)
    };
    let task = run.map_or(task, |run| task.min(run));
    RunTimeouts {
        execution,
        run,
        task,
    }
}
