//! How timeouts are filled in and capped (2.2, 2.8).

use std::time::Duration;

use crate::{
    machine::execution::timeout::{
        ActivityTimeouts, NoTimeout, RunTimeouts, normalize_activity, normalize_run,
    },
    model::ScheduleActivityTask,
};

/// Seconds as an option; 0 is not set.
fn set(secs: u64) -> Option<Duration> {
    (secs > 0).then(|| Duration::from_secs(secs))
}

#[test]
fn activity_timeouts_are_filled_in_and_capped() {
    // schedule-to-close, schedule-to-start, start-to-close, heartbeat; 0 is not set, or no limit.
    let table: [([u64; 4], u64, [u64; 4]); 12] = [
        // The whole fills in the parts, and caps them.
        ([60, 0, 0, 0], 0, [60, 60, 60, 0]),
        ([60, 5, 0, 0], 0, [60, 5, 60, 0]),
        ([60, 0, 10, 0], 0, [60, 60, 10, 0]),
        ([60, 90, 90, 0], 0, [60, 60, 60, 0]),
        // An attempt's limit alone leaves the rest without limit, or to the run.
        ([0, 0, 10, 0], 0, [0, 0, 10, 0]),
        ([0, 5, 10, 0], 0, [0, 5, 10, 0]),
        ([0, 0, 10, 0], 30, [30, 30, 10, 0]),
        ([0, 5, 10, 0], 30, [30, 5, 10, 0]),
        // Nothing outlasts the run.
        ([60, 60, 60, 0], 30, [30, 30, 30, 0]),
        ([0, 60, 60, 0], 30, [30, 30, 30, 0]),
        // Nor does a heartbeat outlast the attempt.
        ([0, 0, 10, 3], 0, [0, 0, 10, 3]),
        ([0, 0, 10, 30], 0, [0, 0, 10, 10]),
    ];
    for (asked, run_timeout, expected) in table {
        let [whole, start, close, heartbeat] = asked.map(set);
        let activity = ScheduleActivityTask {
            schedule_to_close_timeout: whole,
            schedule_to_start_timeout: start,
            start_to_close_timeout: close,
            heartbeat_timeout: heartbeat,
            ..ScheduleActivityTask::default()
        };
        let [whole, start, close, heartbeat] = expected.map(Duration::from_secs);
        let expected = ActivityTimeouts {
            schedule_to_close: whole,
            schedule_to_start: start,
            start_to_close: close,
            heartbeat,
        };
        let timeouts = normalize_activity(&activity, set(run_timeout));
        assert_eq!(timeouts, Ok(expected), "{asked:?} {run_timeout}");
    }
}

#[test]
fn an_activity_needs_a_limit_to_its_attempts() {
    let mut activity = ScheduleActivityTask {
        schedule_to_start_timeout: set(5),
        heartbeat_timeout: set(5),
        ..ScheduleActivityTask::default()
    };
    assert_eq!(normalize_activity(&activity, set(30)), Err(NoTimeout));
    // A zero is how the wire says "not set".
    activity.start_to_close_timeout = Some(Duration::ZERO);
    assert_eq!(normalize_activity(&activity, None), Err(NoTimeout));
}

#[test]
fn run_timeouts_are_filled_in_and_capped() {
    // execution, run, task; 0 is not set, or no limit.
    let table = [
        ([0, 0, 0], [0, 0, 10]),
        ([0, 0, 30], [0, 0, 30]),
        ([0, 0, 999], [0, 0, 120]),
        ([60, 0, 0], [60, 60, 10]),
        ([60, 20, 0], [60, 20, 10]),
        ([60, 90, 0], [60, 60, 10]),
        ([0, 90, 0], [0, 90, 10]),
        ([0, 5, 0], [0, 5, 5]),
    ];
    for (asked, expected) in table {
        let [execution, run, task] = asked.map(set);
        let timeouts = normalize_run(execution, run, task.unwrap_or_default());
        let [execution, run, task] = expected.map(set);
        let expected = RunTimeouts {
            execution,
            run,
            task: task.unwrap_or_default(),
        };
        assert_eq!(timeouts, expected, "{asked:?}");
    }
}
