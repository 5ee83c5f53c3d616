//! Which run follows one that closes, and how long its first workflow task waits.

use std::time::Duration;

use super::script::{RUN, Run, payloads, secs, signal};
use crate::{
    machine::execution::{
        Rejection,
        decide::{self, CompleteWorkflowTask, RequestCancel, RetryNow, Start, WorkflowTaskOutcome},
        tests::script::{completion, start},
    },
    model::{
        Command, ContinueAsNew, ContinueAsNewInitiator, ContinueAsNewVersioningBehavior,
        EventAttributes, EventType, ExecutionStatus, Failure, Identity, RequestId, RetryPolicy,
        RetryState, RunId, StartOptions, WorkflowVersion,
        event::{workflow_execution::Started, workflow_task::FailedCause},
    },
};

fn continue_as_new() -> Command {
    Command::ContinueAsNewWorkflowExecution(ContinueAsNew {
        input: payloads("next"),
        ..ContinueAsNew::default()
    })
}

fn fail_workflow() -> Command {
    Command::FailWorkflowExecution {
        failure: Failure::application("out of luck", "Luck"),
    }
}

fn retried(options: StartOptions) -> StartOptions {
    StartOptions {
        retry: Some(RetryPolicy::default().max_attempts(3)),
        ..options
    }
}

/// The run that follows, as it is decided in the transition that closes this one.
#[track_caller]
fn successor(run: &Run) -> Started {
    *run.successor.clone().expect("a run that follows")
}

/// Lives on as the run that follows.
fn follow(run: &Run) -> Run {
    let started = successor(run);
    let mut next = Run::absent_under(started.lineage.original_execution_run_id);
    next.now = run.now;
    next.decide(|draft| decide::succeed(draft, started))
        .expect("a run that is not started");
    next
}

#[test]
fn a_run_that_continues_as_new_names_the_one_that_follows() {
    let mut run = Run::started();
    run.wait(secs(60));
    assert_eq!(
        run.task(vec![continue_as_new()]),
        WorkflowTaskOutcome::Completed
    );
    assert_eq!(run.state.status(), ExecutionStatus::ContinuedAsNew);
    let started = successor(&run);
    let named = run.last().new_execution_run_id();
    assert_eq!(named, Some(started.lineage.original_execution_run_id));
    assert_ne!(named, Some(RUN));
    assert_eq!(started.lineage.first_execution_run_id, RUN);
    assert_eq!(started.lineage.continued_execution_run_id, Some(RUN));
    assert_eq!(started.lineage.initiator, ContinueAsNewInitiator::Workflow);
    assert_eq!(started.input, payloads("next"));
    assert_eq!(started.request_id, run.state.started().unwrap().request_id);

    let next = follow(&run);
    assert_eq!(
        next.since(0),
        [
            EventType::WorkflowExecutionStarted,
            EventType::WorkflowTaskScheduled
        ]
    );
}

#[test]
fn ids_of_successors_differ_and_sort_by_time() {
    let mut run_id = RUN;
    let mut now = crate::model::Timestamp::from_secs(1_800_000_000);
    let mut known = std::collections::BTreeSet::from([run_id]);
    for _ in 0..1_000 {
        now = now.after(Duration::from_millis(1));
        let next = run_id.successor(now);
        assert_eq!(next, run_id.successor(now));
        assert!(run_id == RUN || next > run_id);
        assert!(known.insert(next));
        run_id = next;
    }
    // Two runs that end at the same moment are followed by different ones.
    assert_ne!(RUN.successor(now), RunId::from_u128(43).successor(now));
}

#[test]
fn the_run_after_one_that_was_young_waits_for_the_rest_of_a_second() {
    let mut run = Run::started();
    run.wait(Duration::from_millis(300));
    run.task(vec![continue_as_new()]);
    let rest = Duration::from_millis(700);
    assert_eq!(successor(&run).first_workflow_task_backoff, rest);

    let mut next = follow(&run);
    assert_eq!(next.since(0), [EventType::WorkflowExecutionStarted]);
    let due = next.now.after(rest);
    assert_eq!(next.state.next_deadline(), Some(due));
    let mark = next.mark();
    next.signal("early");
    assert_eq!(next.since(mark), [EventType::WorkflowExecutionSignaled]);
    next.pass(rest);
    assert_eq!(next.since(mark + 1), [EventType::WorkflowTaskScheduled]);
    // Its age counts from when its code could begin.
    next.wait(Duration::from_millis(400));
    next.task(vec![continue_as_new()]);
    let rest = Duration::from_millis(600);
    assert_eq!(successor(&next).first_workflow_task_backoff, rest);
}

#[test]
fn a_run_does_not_continue_on_events_that_it_has_not_seen() {
    let mut run = Run::started();
    run.start_task();
    run.signal("late");
    let outcome = run.complete_task(vec![continue_as_new()]);
    let cause = FailedCause::UnhandledCommand;
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    assert!(run.state.status().is_open());
    assert_eq!(run.successor, None);
}

#[test]
fn a_run_with_a_faulty_successor_does_not_close() {
    let mut run = Run::started();
    let outcome = run.task(vec![Command::ContinueAsNewWorkflowExecution(
        ContinueAsNew {
            task_queue: Some("".into()),
            ..ContinueAsNew::default()
        },
    )]);
    let cause = FailedCause::BadContinueAsNewAttributes;
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    assert!(run.state.status().is_open());
}

#[test]
fn a_failure_is_tried_again_until_the_attempts_are_used_up() {
    let mut run = Run::started_with(retried(StartOptions::default()));
    for (attempt, backoff) in [(2, 1), (3, 2)] {
        run.task(vec![fail_workflow()]);
        let failed = run.find(|event| match event {
            EventAttributes::WorkflowExecutionFailed(failed) => Some(failed.clone()),
            _ => None,
        });
        assert_eq!(failed.retry_state, RetryState::InProgress);
        let started = successor(&run);
        assert_eq!(started.attempt, attempt);
        assert_eq!(started.first_workflow_task_backoff, secs(backoff));
        assert_eq!(started.lineage.initiator, ContinueAsNewInitiator::Retry);
        assert_eq!(started.lineage.continued_failure, Some(failed.failure));
        assert_eq!(started.lineage.first_execution_run_id, RUN);
        run = follow(&run);
        run.pass(secs(backoff));
    }
    run.task(vec![fail_workflow()]);
    assert_eq!(run.successor, None);
    assert!(
        matches!(run.last(), EventAttributes::WorkflowExecutionFailed(failed)
            if failed.retry_state == RetryState::MaximumAttemptsReached
                && failed.new_execution_run_id.is_none())
    );
}

#[test]
fn a_run_whose_time_is_over_is_tried_again_while_the_execution_has_time() {
    let mut run = Run::started_with(retried(StartOptions {
        run_timeout: Some(secs(5)),
        execution_timeout: Some(secs(8)),
        ..StartOptions::default()
    }));
    run.pass(secs(5));
    let started = successor(&run);
    assert_eq!(started.attempt, 2);
    let failure = started
        .lineage
        .continued_failure
        .clone()
        .expect("a failure");
    assert_eq!(failure.message, "workflow timeout");
    let mut next = follow(&run);
    // The run's time begins with its code, and ends with that of the execution.
    next.pass(secs(1));
    next.pass(secs(1));
    assert!(next.state.status().is_open());
    next.pass(secs(1));
    assert_eq!(next.state.status(), ExecutionStatus::TimedOut);
    assert_eq!(next.successor, None);
    assert!(
        matches!(next.last(), EventAttributes::WorkflowExecutionTimedOut(timed_out)
            if timed_out.retry_state == RetryState::Timeout)
    );
}

#[test]
fn a_delayed_start_waits_and_a_cancellation_or_a_start_with_a_signal_does_not() {
    let delayed = || {
        Run::started_with(StartOptions {
            start_delay: Some(secs(30)),
            execution_timeout: Some(secs(60)),
            ..StartOptions::default()
        })
    };
    let mut run = delayed();
    assert_eq!(run.since(0), [EventType::WorkflowExecutionStarted]);
    run.pass(secs(29));
    assert_eq!(run.mark(), 1);
    run.pass(secs(1));
    assert_eq!(run.since(1), [EventType::WorkflowTaskScheduled]);
    assert_eq!(run.state.run_deadline(), Some(run.now.after(secs(60))));

    let mut run = delayed();
    run.signal("waits");
    assert_eq!(run.since(1), [EventType::WorkflowExecutionSignaled]);
    run.decide(|draft| decide::signal_with_start(draft, signal("wakes", "")))
        .expect("a signal that is accepted");
    assert_eq!(
        run.since(2),
        [
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled
        ]
    );

    let mut run = delayed();
    let request = RequestCancel {
        cause: String::new(),
        identity: Identity::default(),
        request_id: RequestId::default(),
    };
    run.decide(|draft| decide::request_cancel(draft, request))
        .expect("a request that is accepted");
    assert_eq!(
        run.since(1),
        [
            EventType::WorkflowExecutionCancelRequested,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(run.state.first_workflow_task_at(), None);

    let mut run = delayed();
    let ended = run.decide(|draft| decide::retry_now(draft, &RetryNow::default()));
    assert_eq!(ended, Ok(1));
    assert_eq!(run.since(1), [EventType::WorkflowTaskScheduled]);
}

#[test]
fn a_start_with_a_retry_policy_that_makes_no_sense_is_refused() {
    for policy in [
        RetryPolicy::default().backoff(0.5),
        RetryPolicy::default().backoff(f64::NAN),
        RetryPolicy::default().max_interval(Duration::from_millis(1)),
    ] {
        let refused = Start {
            options: StartOptions {
                retry: Some(policy),
                ..StartOptions::default()
            },
            ..start(StartOptions::default())
        };
        assert!(matches!(
            refused.check(),
            Err(Rejection::RetryPolicy { .. })
        ));
    }
}

/// A workflow task that the second version of the code answers.
fn answer_by_second_version(run: &mut Run, command: Command) {
    run.start_task();
    run.complete(CompleteWorkflowTask {
        version: Some(WorkflowVersion::new(2)),
        ..completion(vec![command])
    });
}

#[test]
fn which_version_the_next_run_begins_with_is_said_by_how_it_follows() {
    let second = Some(WorkflowVersion::new(2));
    let next = |change: fn(&mut ContinueAsNew)| {
        let mut asked = ContinueAsNew::default();
        change(&mut asked);
        Command::ContinueAsNewWorkflowExecution(asked)
    };
    let newest = next(|asked| {
        asked.initial_versioning_behavior = ContinueAsNewVersioningBehavior::AutoUpgrade;
    });
    let other = next(|asked| asked.workflow_type = Some("Other".into()));
    let cron = || StartOptions {
        cron: "@every 1h".into(),
        ..StartOptions::default()
    };
    let plain = StartOptions::default;
    let tried_again = || retried(StartOptions::default());
    for (case, options, command, inherited) in [
        ("it continues", plain(), continue_as_new(), second),
        ("with the newest", plain(), newest, None),
        ("as another workflow", plain(), other, None),
        ("it is tried again", tried_again(), fail_workflow(), None),
        ("its schedule", cron(), fail_workflow(), None),
    ] {
        let mut run = Run::started_with(options);
        run.pass(secs(3_600));
        answer_by_second_version(&mut run, command);
        assert_eq!(run.state.version(), second, "{case}");
        let next = successor(&run);
        assert_eq!(next.lineage.inherited_pinned_version, inherited, "{case}");
        let next = follow(&run);
        assert_eq!(next.state.version(), inherited, "{case}");
    }
}

#[test]
fn a_run_whose_code_states_no_version_is_followed_by_one_of_the_newest() {
    let mut run = Run::started();
    run.wait(secs(60));
    run.task(vec![continue_as_new()]);
    assert_eq!(run.state.version(), Some(WorkflowVersion::FIRST));
    assert_eq!(successor(&run).lineage.inherited_pinned_version, None);
}

#[test]
fn a_run_that_inherited_its_version_is_tried_again_with_it() {
    let mut run = Run::started_with(retried(StartOptions::default()));
    run.wait(secs(60));
    answer_by_second_version(&mut run, continue_as_new());
    let mut run = follow(&run);
    run.wait(secs(60));
    answer_by_second_version(&mut run, fail_workflow());
    let next = successor(&run);
    assert_eq!(next.lineage.initiator, ContinueAsNewInitiator::Retry);
    let second = Some(WorkflowVersion::new(2));
    assert_eq!(next.lineage.inherited_pinned_version, second);
}
