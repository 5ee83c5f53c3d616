//! The wall clock is set while a run waits: nothing comes early, and nothing late by the step.

use std::time::Duration;

use crate::{
    machine::execution::{
        LinePlace,
        tests::script::{Run, activity, declined, secs, start_timer},
    },
    model::{EventId, RetryPolicy, ScheduleActivityTask, StartOptions, Timestamp},
};

const HOUR: Duration = Duration::from_secs(3_600);
const TEN_YEARS: Duration = Duration::from_secs(3_652 * 86_400);
const STEPS: [Duration; 3] = [Duration::from_secs(1), HOUR, TEN_YEARS];
/// How long each of the waits is, but that for the next attempt of a workflow task.
const WAIT: u64 = 100;

/// Something that a run waits for.
struct Case {
    name: &'static str,
    /// In seconds.
    wait: u64,
    begin: fn(&mut Run),
    /// Whether the wait is over; it may have been over before.
    is_over: fn(&Run) -> bool,
}

fn begun(options: StartOptions) -> Run {
    begun_at(Timestamp::from_secs(1_767_225_600), options)
}

fn begun_at(now: Timestamp, options: StartOptions) -> Run {
    let mut run = Run::absent();
    run.now = now;
    run.start(options);
    run
}

/// Schedules an activity with one of its timeouts.
fn scheduled(run: &mut Run, which: usize) -> EventId {
    let mut timeouts = [None; 4];
    // Every activity has to have one of the first two.
    timeouts[1] = Some(TEN_YEARS);
    timeouts[which] = Some(secs(WAIT));
    let [
        schedule_to_close_timeout,
        start_to_close_timeout,
        schedule_to_start_timeout,
        heartbeat_timeout,
    ] = timeouts;
    run.schedule(ScheduleActivityTask {
        schedule_to_close_timeout,
        start_to_close_timeout,
        schedule_to_start_timeout,
        heartbeat_timeout,
        retry_policy: Some(RetryPolicy::none()),
        ..activity("a")
    })
}

fn no_activity(run: &Run) -> bool {
    run.state.pending_activities().next().is_none()
}

fn task_is_startable(run: &Run) -> bool {
    run.state.workflow_task_is_startable(run.now)
}

fn is_closed(run: &Run) -> bool {
    !run.state.status().is_open()
}

fn case(name: &'static str, begin: fn(&mut Run), is_over: fn(&Run) -> bool) -> Case {
    Case {
        name,
        wait: WAIT,
        begin,
        is_over,
    }
}

fn cases() -> impl Iterator<Item = Case> {
    timeouts_of_activities().into_iter().chain(other_waits())
}

fn timeouts_of_activities() -> [Case; 5] {
    /// Schedules an activity with one of its timeouts, and starts it.
    fn started(run: &mut Run, which: usize) -> EventId {
        let id = scheduled(run, which);
        run.start_activity(id);
        id
    }

    let schedule_to_close = |run: &mut Run| {
        scheduled(run, 0);
    };
    let running_to_close = |run: &mut Run| {
        started(run, 0);
    };
    let start_to_close = |run: &mut Run| {
        started(run, 1);
    };
    let schedule_to_start = |run: &mut Run| {
        scheduled(run, 2);
    };
    let heartbeat = |run: &mut Run| {
        let id = started(run, 3);
        run.wait(secs(7));
        run.heartbeat(id, 1, "alive").expect("a running attempt");
    };
    [
        case("schedule to close", schedule_to_close, no_activity),
        case("schedule to close, running", running_to_close, no_activity),
        case("start to close", start_to_close, no_activity),
        case("schedule to start", schedule_to_start, no_activity),
        case("heartbeat", heartbeat, no_activity),
    ]
}

fn other_waits() -> [Case; 6] {
    let timer = |run: &mut Run| {
        run.task(vec![start_timer("1", WAIT)]);
    };
    let backoff = |run: &mut Run| {
        let mut asked = activity("a");
        asked.retry_policy = Some(RetryPolicy::default().initial_interval(secs(WAIT)));
        let id = run.schedule(asked);
        run.start_activity(id);
        let failed = run.fail_activity(id, 1, declined());
        failed.expect("a running attempt");
    };
    let task = |run: &mut Run| drop(run.start_task());
    let next_task = |run: &mut Run| {
        for _ in 0..2 {
            run.start_task();
            run.fail_task();
        }
    };
    let run_timeout = |run: &mut Run| {
        let options = StartOptions {
            run_timeout: Some(secs(WAIT)),
            ..StartOptions::default()
        };
        *run = begun_at(run.now, options);
    };
    let execution_timeout = |run: &mut Run| {
        let options = StartOptions {
            execution_timeout: Some(secs(WAIT)),
            ..StartOptions::default()
        };
        *run = begun_at(run.now, options);
    };
    let is_startable = |run: &Run| {
        let startable = run
            .state
            .startable_activities(LinePlace::default(), run.now);
        startable.count() == 1
    };
    let no_timer = |run: &Run| run.state.pending_timers().next().is_none();
    [
        case("timer", timer, no_timer),
        case("backoff of an activity", backoff, is_startable),
        Case {
            wait: 10,
            ..case("workflow task", task, |run| run.task_attempt() == 2)
        },
        Case {
            wait: 10,
            ..case("next workflow task", next_task, task_is_startable)
        },
        case("run timeout", run_timeout, is_closed),
        case("execution timeout", execution_timeout, is_closed),
    ]
}

fn for_each(check: impl Fn(&Case, Run, Duration)) {
    for case in cases() {
        for step in STEPS {
            let mut run = begun(StartOptions::default());
            (case.begin)(&mut run);
            assert!(!(case.is_over)(&run), "{}: not begun", case.name);
            check(&case, run, step);
        }
    }
}

#[test]
fn a_clock_that_is_put_back_leaves_each_wait_the_time_that_it_had_left() {
    for_each(|case, mut run, step| {
        let half = case.wait / 2;
        run.pass(secs(half));
        run.put_back(step);
        let due = run.state.next_deadline_after(run.now);
        let left = case.wait - half;
        assert_eq!(
            due,
            Some(run.now.after(secs(left))),
            "{} by {step:?}",
            case.name
        );
        run.pass(secs(left - 1));
        assert!(!(case.is_over)(&run), "{} by {step:?}: early", case.name);
        run.pass(secs(1));
        assert!((case.is_over)(&run), "{} by {step:?}: late", case.name);
    });
}

#[test]
fn a_clock_that_is_put_forward_ends_each_wait_that_is_over_by_it() {
    for_each(|case, mut run, step| {
        // A step of the clock and a machine that was suspended look the same.
        run.pass(step);
        let is_over = step >= secs(case.wait);
        assert_eq!((case.is_over)(&run), is_over, "{} by {step:?}", case.name);
        if !is_over {
            run.pass(secs(case.wait - step.as_secs()));
            assert!((case.is_over)(&run), "{} by {step:?}: late", case.name);
        }
    });
}

#[test]
fn a_clock_that_was_wrong_for_a_while_moves_no_deadline_of_before() {
    for_each(|case, mut run, step| {
        run.put_back(step);
        run.pass(secs(2));
        run.now = run.now.after(step);
        run.follow_clock(|_| Duration::ZERO);
        run.pass(secs(case.wait - 3));
        assert!(!(case.is_over)(&run), "{} by {step:?}: early", case.name);
        run.pass(secs(1));
        assert!((case.is_over)(&run), "{} by {step:?}: late", case.name);
    });
}

#[test]
fn what_begins_after_a_step_counts_from_the_clock_then() {
    for step in STEPS {
        let mut run = begun(StartOptions::default());
        run.task(vec![start_timer("before", 60)]);
        run.wait(secs(20));
        run.put_back(step);
        run.signal("go on");
        run.task(vec![start_timer("after", 60)]);
        let event = run.history().events.last().expect("an event");
        assert_eq!(event.time, run.now, "histories say what the clock shows");
        let left = |run: &Run| run.state.pending_timers().count();
        run.pass(secs(39));
        assert_eq!(left(&run), 2);
        run.pass(secs(1));
        assert_eq!(left(&run), 1);
        run.pass(secs(19));
        assert_eq!(left(&run), 1);
        run.pass(secs(1));
        assert_eq!(left(&run), 0);
    }
}

#[test]
fn the_ends_of_time_are_times_like_others() {
    for now in [
        Timestamp::EPOCH,
        Timestamp::from_nanos(u64::MAX - 1),
        Timestamp::MAX,
    ] {
        for case in cases() {
            let mut run = begun_at(now, StartOptions::default());
            (case.begin)(&mut run);
            run.put_back(TEN_YEARS);
            run.pass(Duration::from_secs(1));
            run.put_back(Duration::MAX);
            run.pass(Duration::MAX);
            assert!((case.is_over)(&run), "{} at {now}", case.name);
        }
    }
}
