//! Cron schedules: when their turns come, and which are refused.

use std::time::Duration;

use super::script::{RUN, Run, complete_run, payloads, secs, start};
use crate::{
    machine::execution::{Rejection, cron::Schedule, decide},
    model::{
        Command, ContinueAsNewInitiator, EventAttributes, ExecutionStatus, Failure, RetryPolicy,
        RetryState, StartOptions, Timestamp, event::workflow_execution::Started,
    },
};

/// 28 November 2026, 08:15:30.5 UTC, a Saturday.
const NOW: Timestamp = Timestamp::from_nanos(1_795_853_730_500_000_000);

#[track_caller]
fn wait(schedule: &str, last: Timestamp, now: Timestamp) -> Duration {
    let schedule = Schedule::read(schedule).expect("a schedule");
    schedule.backoff(last, now).expect("a time")
}

#[test]
fn turns_come_when_the_schedule_says() {
    let minutes = |minutes: u64| secs(60 * minutes);
    for (schedule, expected) in [
        // Rounded up from half a second less.
        ("* * * * *", secs(30)),
        ("30 8 * * *", minutes(14) + secs(30)),
        ("?/30 8 ? * *", minutes(14) + secs(30)),
        ("CRON_TZ=Europe/Vienna 30 9 * * *", minutes(14) + secs(30)),
        ("TZ=UTC 30 8 * NOV Sat", minutes(14) + secs(30)),
        ("@hourly", minutes(44) + secs(30)),
        ("@daily", minutes(15 * 60 + 44) + secs(30)),
        ("@every 2s", secs(2)),
        ("@every 1h", secs(3_600)),
        ("@every 10ms", secs(1)),
    ] {
        assert_eq!(wait(schedule, NOW, NOW), expected, "{schedule}");
    }
}

#[test]
fn turns_that_a_run_has_missed_are_gone() {
    let later = NOW.after(Duration::from_millis(10_700));
    // Turns are counted from the whole second: 2, 4, … 10, and 12 is the next one.
    assert_eq!(wait("@every 2s", NOW, later), secs(1));
    assert_eq!(wait("@every 7s", NOW, later), secs(3));
    let much_later = NOW.after(secs(3_600));
    assert_eq!(wait("* * * * *", NOW, much_later), secs(30));
    // A turn that comes right now counts.
    let turn = NOW.after(Duration::from_millis(29_500));
    assert_eq!(wait("* * * * *", NOW, turn), Duration::ZERO);
}

#[test]
fn a_schedule_that_cannot_be_read_or_never_comes_is_refused() {
    for schedule in [
        "tea time",
        "* * * *",
        "* * * * * *",
        "61 * * * *",
        "CRON_TZ=Nowhere/Land * * * * *",
        "@every soon",
        "@never",
        "0 0 30 2 *",
        "* * * * * UTC",
    ] {
        let mut message = start(StartOptions::default());
        message.options.cron = schedule.to_owned();
        let refused = message.check();
        assert!(
            matches!(&refused, Err(Rejection::CronSchedule { problem }) if !problem.contains('\n')),
            "{schedule}: {refused:?}"
        );
    }
    let mut delayed = start(StartOptions::default());
    delayed.options.cron = "@daily".to_owned();
    delayed.options.start_delay = Some(secs(1));
    assert!(matches!(
        delayed.check(),
        Err(Rejection::Contradiction { .. })
    ));
}

fn scheduled(retry: Option<RetryPolicy>) -> Run {
    Run::started_with(StartOptions {
        cron: "@every 10s".to_owned(),
        retry,
        ..StartOptions::default()
    })
}

#[track_caller]
fn follow(run: &Run) -> (Started, Run) {
    let started = *run.successor.clone().expect("a run that follows");
    let mut next = Run::absent_under(started.lineage.original_execution_run_id);
    next.now = run.now;
    next.decide(|draft| decide::succeed(draft, started.clone()))
        .expect("a run that is not started");
    (started, next)
}

fn fail_workflow() -> Command {
    Command::FailWorkflowExecution {
        failure: Failure::application("out of luck", "Luck"),
    }
}

#[test]
fn every_run_of_a_schedule_waits_for_its_turn_and_knows_what_the_last_one_left() {
    let mut run = scheduled(None);
    let cron = ContinueAsNewInitiator::CronSchedule;
    assert_eq!(run.state.started().unwrap().lineage.initiator, cron);
    run.pass(secs(9));
    assert_eq!(run.mark(), 1);
    run.pass(secs(1));
    run.wait(secs(3));
    run.task(vec![complete_run()]);
    let (started, mut run) = follow(&run);
    assert_eq!(started.first_workflow_task_backoff, secs(7));
    assert_eq!(started.lineage.initiator, cron);
    assert_eq!(started.lineage.first_execution_run_id, RUN);
    let returned = started.lineage.last_completion_result.clone();
    assert!(!returned.is_empty());

    run.pass(secs(7));
    run.task(vec![fail_workflow()]);
    assert!(
        matches!(run.last(), EventAttributes::WorkflowExecutionFailed(failed)
            if failed.retry_state == RetryState::RetryPolicyNotSet)
    );
    let (started, mut run) = follow(&run);
    assert_eq!(started.attempt, 1);
    assert_eq!(started.lineage.last_completion_result, returned);
    let failure = started.lineage.continued_failure.as_ref();
    assert_eq!(failure.map(|it| it.message.as_str()), Some("out of luck"));

    // Its time has not come, and it is the last one all the same.
    run.terminate();
    assert_eq!(run.successor, None);
    assert_eq!(run.state.status(), ExecutionStatus::Terminated);
    assert_ne!(returned, payloads("order"));
}

#[test]
fn a_run_of_a_schedule_is_tried_again_before_the_next_turn() {
    let mut run = scheduled(Some(RetryPolicy::default().max_attempts(2)));
    run.pass(secs(10));
    run.task(vec![fail_workflow()]);
    let (started, mut run) = follow(&run);
    assert_eq!(started.attempt, 2);
    assert_eq!(started.lineage.initiator, ContinueAsNewInitiator::Retry);
    assert_eq!(started.cron_schedule, "@every 10s");
    run.pass(secs(1));
    run.task(vec![fail_workflow()]);
    let (started, _) = follow(&run);
    assert_eq!(started.attempt, 1);
    let initiator = started.lineage.initiator;
    assert_eq!(initiator, ContinueAsNewInitiator::CronSchedule);
}

#[test]
fn a_canceled_run_ends_its_schedule() {
    let mut run = scheduled(None);
    run.pass(secs(10));
    run.task(vec![Command::CancelWorkflowExecution {
        details: payloads("enough"),
    }]);
    assert_eq!(run.successor, None);
    assert_eq!(run.state.status(), ExecutionStatus::Canceled);
}
