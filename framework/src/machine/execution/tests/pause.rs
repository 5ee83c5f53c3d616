//! Pauses of runs and of activities: what is begun, what is recorded, and what is not (2.8).

use crate::{
    machine::execution::{
        Effect, Rejection,
        decide::{
            self, Pause, PauseActivity, ResetActivity, Steer, Unpause, UnpauseActivity,
            UpdateActivityOptions,
        },
        tests::script::{Run, activity, cancel_activity, declined, schedule, secs, start_timer},
    },
    model::{
        ActivityOptionsChange, EventAttributes as E, EventId, EventType, ExecutionStatus,
        RetryPolicy, StartOptions, event::workflow_task::FailedCause,
    },
};

fn pause(run: &mut Run, request_id: &str) -> Result<(), Rejection> {
    let message = Pause {
        reason: "why".into(),
        identity: "me".into(),
        request_id: request_id.into(),
    };
    run.decide(|draft| decide::steer(draft, Steer::Pause(message)))
}

fn unpause(run: &mut Run) -> Result<(), Rejection> {
    let message = Unpause {
        reason: "done".into(),
        identity: "me".into(),
        request_id: "go".into(),
    };
    run.decide(|draft| decide::steer(draft, Steer::Unpause(message)))
}

fn pause_activity(run: &mut Run, activity_id: &str) -> Result<(), Rejection> {
    let message = PauseActivity {
        activity_id: activity_id.into(),
        reason: "why".into(),
        identity: "me".into(),
    };
    run.decide(|draft| decide::steer(draft, Steer::PauseActivity(message)))
}

fn unpause_activity(run: &mut Run, activity_id: &str, anew: bool) -> Result<(), Rejection> {
    let message = UnpauseActivity {
        activity_id: activity_id.into(),
        resets_attempts: anew,
        forgets_heartbeat: false,
    };
    run.decide(|draft| decide::steer(draft, Steer::UnpauseActivity(message)))
}

#[test]
fn a_workflow_task_that_has_not_started_is_taken_back() {
    let mut run = Run::started();
    let mark = run.mark();
    pause(&mut run, "stop").unwrap();
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskFailed,
            EventType::WorkflowExecutionPaused
        ]
    );
    let failed = run.find(|it| match it {
        E::WorkflowTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(
        failed.cause,
        FailedCause::WorkflowPauseRequestedBeforeTaskStarted
    );
    assert_eq!(failed.started_event_id, EventId::NONE);
    assert_eq!(run.state.status(), ExecutionStatus::Paused);
    assert!(run.state.workflow_task().is_none());
    assert!(!run.state.wake().at_once);
    unpause(&mut run).unwrap();
    assert_eq!(
        run.since(mark)[2..],
        [
            EventType::WorkflowExecutionUnpaused,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(run.state.status(), ExecutionStatus::Running);
    assert_eq!(run.task_attempt(), 1);
}

#[test]
fn what_happens_meanwhile_is_recorded_and_told_at_the_end() {
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    run.signal("go");
    run.task(vec![start_timer("t", 10)]);
    let attempt = run.start_activity(charge);
    pause(&mut run, "stop").unwrap();
    let mark = run.mark();
    run.signal("one");
    run.complete_activity(charge, attempt).unwrap();
    run.pass(secs(10));
    let mut recorded = run.since(mark);
    recorded.sort_unstable();
    assert_eq!(
        recorded,
        [
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskCompleted,
            EventType::TimerFired,
            EventType::WorkflowExecutionSignaled,
        ]
    );
    assert!(run.state.workflow_task().is_none());
    assert_eq!(run.state.next_deadline(), None);
    unpause(&mut run).unwrap();
    run.task(vec![]);
}

#[test]
fn no_attempt_is_started_and_one_that_waits_leaves_its_line() {
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    run.effects.clear();
    pause(&mut run, "stop").unwrap();
    assert!(!run.state.is_startable(charge, run.now));
    let first = crate::machine::execution::LinePlace::default();
    assert_eq!(run.state.startable_activities(first, run.now).count(), 0);
    let withdrawn = Effect::WithdrawActivity {
        scheduled_event_id: charge,
    };
    assert!(run.effects.contains(&withdrawn), "{:?}", run.effects);
    assert!(!run.state.wake().at_once);
    unpause(&mut run).unwrap();
    assert!(run.state.is_startable(charge, run.now));
    run.start_activity(charge);
}

#[test]
fn an_attempt_that_waits_stands_behind_those_that_were_asked_about_before_the_pause() {
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    let first = crate::machine::execution::LinePlace::default();
    let place = |run: &Run, seen| {
        let mut startable = run.state.startable_activities(seen, run.now);
        startable.next().map(|(place, _)| place)
    };
    let seen = place(&run, first).unwrap();
    assert_eq!(place(&run, seen), None);
    pause(&mut run, "stop").unwrap();
    unpause(&mut run).unwrap();
    assert!(place(&run, seen).is_some(), "it is asked about again");
    assert!(run.state.is_startable(charge, run.now));
}

#[test]
fn a_workflow_task_that_runs_goes_on_to_its_end() {
    let mut run = Run::started();
    run.start_task();
    let mark = run.mark();
    pause(&mut run, "stop").unwrap();
    assert_eq!(run.since(mark), []);
    assert_eq!(run.state.status(), ExecutionStatus::Paused);
    run.complete_task(vec![schedule(activity("1"))]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::ActivityTaskScheduled,
            EventType::WorkflowExecutionPaused,
        ]
    );
    assert!(run.state.workflow_task().is_none());
}

#[test]
fn a_pause_and_its_end_during_one_workflow_task_are_both_recorded() {
    let mut run = Run::started();
    run.start_task();
    let mark = run.mark();
    pause(&mut run, "stop").unwrap();
    unpause(&mut run).unwrap();
    assert_eq!(run.state.status(), ExecutionStatus::Running);
    run.complete_task(vec![]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::WorkflowExecutionPaused,
            EventType::WorkflowExecutionUnpaused,
            EventType::WorkflowTaskScheduled,
        ]
    );
    assert_eq!(run.state.pause(), None);
}

#[test]
fn a_workflow_task_that_fails_is_made_again_when_the_run_goes_on() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    let mark = run.mark();
    pause(&mut run, "stop").unwrap();
    assert_eq!(run.since(mark), [EventType::WorkflowExecutionPaused]);
    assert!(run.state.workflow_task().is_none());
    unpause(&mut run).unwrap();
    let task = run.state.workflow_task().unwrap();
    assert_eq!(task.attempt, 1);
    assert!(task.last_failure.is_some(), "people still see why");
}

#[test]
fn the_request_that_has_paused_a_run_is_accepted_again_and_others_are_not() {
    let mut run = Run::started();
    assert_eq!(
        unpause(&mut run),
        Err(Rejection::NotPaused {
            what: "workflow execution"
        })
    );
    pause(&mut run, "stop").unwrap();
    let mark = run.mark();
    assert_eq!(pause(&mut run, "stop"), Ok(()));
    assert_eq!(pause(&mut run, "another"), Err(Rejection::AlreadyPaused));
    assert_eq!(run.since(mark), []);
    assert_eq!(run.state.pause().unwrap().reason, "why");
}

#[test]
fn a_run_that_is_paused_can_be_terminated_and_its_time_runs_out() {
    let mut run = Run::started_with(StartOptions {
        run_timeout: Some(secs(60)),
        ..StartOptions::default()
    });
    pause(&mut run, "stop").unwrap();
    let until = run.state.next_deadline().unwrap();
    assert_eq!(until, run.now.after(secs(60)));
    run.pass(secs(60));
    assert_eq!(run.state.status(), ExecutionStatus::TimedOut);
    let mut run = Run::started();
    pause(&mut run, "stop").unwrap();
    run.terminate();
    assert_eq!(run.state.status(), ExecutionStatus::Terminated);
    assert_eq!(run.state.pause(), None);
}

#[test]
fn a_first_workflow_task_that_waits_comes_when_its_time_has_come_and_the_run_goes_on() {
    let delayed = || {
        Run::started_with(StartOptions {
            start_delay: Some(secs(60)),
            ..StartOptions::default()
        })
    };
    let mut run = delayed();
    pause(&mut run, "stop").unwrap();
    assert_eq!(run.state.next_deadline(), None);
    run.pass(secs(60));
    assert!(run.state.workflow_task().is_none());
    unpause(&mut run).unwrap();
    run.pass(secs(0));
    assert!(run.state.workflow_task_is_startable(run.now));
    let mut run = delayed();
    pause(&mut run, "stop").unwrap();
    unpause(&mut run).unwrap();
    assert!(run.state.workflow_task().is_none(), "it waits as before");
    run.pass(secs(60));
    assert!(run.state.workflow_task_is_startable(run.now));
}

#[test]
fn an_activity_that_is_paused_is_not_tried_again_until_it_goes_on() {
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    let attempt = run.start_activity(charge);
    run.fail_activity(charge, attempt, declined()).unwrap();
    let mark = run.mark();
    pause_activity(&mut run, "1").unwrap();
    pause_activity(&mut run, "1").unwrap();
    run.wait(secs(100));
    assert!(!run.state.is_startable(charge, run.now));
    unpause_activity(&mut run, "1", false).unwrap();
    assert!(run.state.is_startable(charge, run.now));
    assert_eq!(run.start_activity(charge), 2);
    run.complete_activity(charge, 2).unwrap();
    assert_eq!(run.since(mark)[0], EventType::ActivityTaskStarted);
}

#[test]
fn an_attempt_that_runs_is_told_and_what_comes_of_it_counts() {
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    let attempt = run.start_activity(charge);
    run.effects.clear();
    pause_activity(&mut run, "1").unwrap();
    let told = Effect::PauseActivity {
        scheduled_event_id: charge,
        attempt,
    };
    assert_eq!(run.effects, [told]);
    run.fail_activity(charge, attempt, declined()).unwrap();
    run.wait(secs(100));
    assert!(!run.state.is_startable(charge, run.now));
    unpause_activity(&mut run, "1", true).unwrap();
    let activity = run.state.pending_activity(charge).unwrap();
    assert_eq!((activity.number(), activity.attempt), (1, 2));
    let attempt = run.start_activity(charge);
    run.complete_activity(charge, attempt).unwrap();
    let started = run.find(|it| match it {
        E::ActivityTaskStarted(it) => Some(it.attempt),
        _ => None,
    });
    assert_eq!(started, 1, "as it counts now");
}

#[test]
fn a_paused_activity_can_be_canceled_and_its_time_runs_out() {
    let mut run = Run::started();
    let mut limited = activity("1");
    limited.schedule_to_close_timeout = Some(secs(60));
    let charge = run.schedule(limited);
    pause_activity(&mut run, "1").unwrap();
    run.pass(secs(60));
    assert!(run.state.pending_activity(charge).is_none());
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    pause_activity(&mut run, "1").unwrap();
    run.signal("go");
    run.task(vec![cancel_activity(charge)]);
    assert!(run.state.pending_activity(charge).is_none());
}

#[test]
fn attempts_are_counted_anew_behind_one_that_runs_and_from_one_that_waits() {
    let mut run = Run::started();
    let mut limited = activity("1");
    limited.retry_policy = Some(RetryPolicy {
        max_attempts: 2,
        ..RetryPolicy::default()
    });
    let charge = run.schedule(limited);
    let reset = |run: &mut Run| {
        let message = ResetActivity {
            activity_id: "1".into(),
            forgets_heartbeat: true,
        };
        run.decide(|draft| decide::steer(draft, Steer::ResetActivity(message)))
    };
    let attempt = run.start_activity(charge);
    run.heartbeat(charge, attempt, "half").unwrap();
    run.fail_activity(charge, attempt, declined()).unwrap();
    reset(&mut run).unwrap();
    let pending = run.state.pending_activity(charge).unwrap();
    assert_eq!(pending.number(), 1);
    assert_eq!(pending.last_failure, None);
    assert!(pending.heartbeat_details.is_empty());
    // The first of two, the second, and behind it, because somebody asks again, the first.
    for _ in 0..2 {
        let attempt = run
            .state
            .pending_activity(charge)
            .map(|it| it.attempt)
            .unwrap();
        run.wait(secs(100));
        assert_eq!(run.start_activity(charge), attempt);
        if attempt == 3 {
            reset(&mut run).unwrap();
        }
        run.fail_activity(charge, attempt, declined()).unwrap();
    }
    let pending = run.state.pending_activity(charge).unwrap();
    assert_eq!((pending.number(), pending.attempt), (1, 4));
}

#[test]
fn other_options_hold_for_clocks_that_run_and_for_attempts_to_come() {
    let mut run = Run::started();
    let charge = run.schedule(activity("1"));
    let update = |run: &mut Run, change: ActivityOptionsChange| {
        let message = UpdateActivityOptions {
            activity_id: "1".into(),
            change,
        };
        run.decide(|draft| decide::steer(draft, Steer::UpdateActivityOptions(message)))
    };
    let other = ActivityOptionsChange::default()
        .task_queue("other")
        .start_to_close(secs(7))
        .heartbeat(secs(100));
    update(&mut run, other).unwrap();
    let scheduled = &run.state.pending_activity(charge).unwrap().scheduled;
    assert_eq!(scheduled.task_queue.as_str(), "other");
    assert_eq!(
        scheduled.heartbeat_timeout,
        secs(7),
        "no longer than the attempt"
    );
    run.start_activity(charge);
    assert_eq!(run.state.next_deadline(), Some(run.now.after(secs(7))));
    let longer = ActivityOptionsChange::default().start_to_close(secs(70));
    update(&mut run, longer.heartbeat(secs(0))).unwrap();
    assert_eq!(run.state.next_deadline(), Some(run.now.after(secs(70))));
    let nonsense = ActivityOptionsChange::default().start_to_close(secs(0));
    assert!(matches!(
        update(&mut run, nonsense),
        Err(Rejection::Missing { .. })
    ));
    let nowhere = ActivityOptionsChange::default().task_queue("");
    assert!(update(&mut run, nowhere).is_err());
}

#[test]
fn nobody_steers_what_is_not_there() {
    let mut run = Run::started();
    let unknown = Err(Rejection::NotFound { what: "activity" });
    assert_eq!(pause_activity(&mut run, "1"), unknown);
    assert_eq!(unpause_activity(&mut run, "1", true), unknown);
    run.schedule(activity("1"));
    assert_eq!(
        unpause_activity(&mut run, "1", true),
        Err(Rejection::NotPaused { what: "activity" })
    );
    run.terminate();
    assert!(matches!(
        pause(&mut run, "stop"),
        Err(Rejection::AlreadyClosed { .. })
    ));
}

#[test]
fn an_attempt_that_backs_off_goes_by_the_new_retry_policy() {
    let mut run = Run::started();
    let mut patient = activity("1");
    patient.retry_policy = Some(RetryPolicy::default().initial_interval(secs(30)));
    let charge = run.schedule(patient);
    let attempt = run.start_activity(charge);
    run.fail_activity(charge, attempt, declined()).unwrap();
    let failed_at = run.now;
    let update = |run: &mut Run, change: ActivityOptionsChange| {
        let message = UpdateActivityOptions {
            activity_id: "1".into(),
            change,
        };
        run.decide(|draft| decide::steer(draft, Steer::UpdateActivityOptions(message)))
    };
    let other = ActivityOptionsChange::default();
    update(&mut run, other.clone().start_to_close(secs(9))).unwrap();
    assert_eq!(run.state.next_deadline(), Some(failed_at.after(secs(30))));
    let eager = RetryPolicy::default().initial_interval(secs(1));
    update(&mut run, other.clone().retry(eager.clone())).unwrap();
    assert_eq!(run.state.next_deadline(), Some(failed_at.after(secs(2))));
    run.wait(secs(5));
    update(&mut run, other.retry(eager.max_attempts(7))).unwrap();
    assert!(run.state.is_startable(charge, run.now));
}

#[test]
fn a_run_that_is_asked_to_stop_while_it_is_paused_does_not_wait_for_its_first_task() {
    let mut run = Run::started_with(StartOptions {
        start_delay: Some(secs(60)),
        ..StartOptions::default()
    });
    pause(&mut run, "stop").unwrap();
    let message = decide::RequestCancel {
        cause: "enough".into(),
        identity: "me".into(),
        request_id: "cancel".into(),
    };
    run.decide(|draft| decide::request_cancel(draft, message))
        .unwrap();
    assert!(run.state.workflow_task().is_none());
    unpause(&mut run).unwrap();
    assert!(run.state.workflow_task_is_startable(run.now));
}
