//! The ends of a run: by the program, on request, by force, by time (2.8).

use crate::{
    machine::execution::{
        Effect, Rejection, decide,
        tests::script::{
            Run, activity, cancel_activity, cancel_timer, complete_run, completion, declined,
            schedule, secs, signal, start, start_timer, task_failure, task_start,
        },
    },
    model::{
        Command, EventAttributes, EventType, ExecutionStatus, Payloads, RetryState, StartOptions,
        event::workflow_task::FailedCause,
    },
};

fn terminate(run: &mut Run) -> Result<(), Rejection> {
    run.decide(|draft| {
        let message = decide::Terminate {
            reason: "enough".into(),
            details: Payloads::EMPTY,
            identity: "operator".into(),
        };
        decide::terminate(draft, message)
    })
}

fn cancel(run: &mut Run) -> Result<(), Rejection> {
    run.decide(|draft| {
        let message = decide::RequestCancel {
            cause: "changed my mind".into(),
            identity: "client".into(),
            request_id: "cancel".into(),
        };
        decide::request_cancel(draft, message)
    })
}

#[test]
fn each_closing_command_closes_the_run_with_its_status() {
    let table = [
        (complete_run(), ExecutionStatus::Completed),
        (
            Command::FailWorkflowExecution {
                failure: declined(),
            },
            ExecutionStatus::Failed,
        ),
        (
            Command::CancelWorkflowExecution {
                details: Payloads::EMPTY,
            },
            ExecutionStatus::Canceled,
        ),
    ];
    for (command, status) in table {
        let mut run = Run::started();
        run.wait(secs(3));
        run.task(vec![start_timer("1", 5), schedule(activity("a")), command]);
        assert_eq!(run.state.status(), status);
        assert_eq!(run.state.closed_at(), Some(run.now));
        assert_eq!(run.state.close(), Some(run.last()));
        assert_eq!(run.effects, [Effect::Closed]);
        assert_eq!(run.state.pending_activities().count(), 0);
        assert_eq!(run.state.pending_timers().count(), 0);
        let wake = run.state.wake();
        assert_eq!(
            (wake.closed, wake.at_once, wake.deadline),
            (true, false, None)
        );
    }
}

#[test]
fn a_closed_run_refuses_every_message_but_the_wish_that_it_stops() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    run.signal("finish");
    run.task(vec![complete_run()]);
    let status = ExecutionStatus::Completed;
    let closed = Rejection::AlreadyClosed { status };
    let refused = run.decide(|draft| decide::signal(draft, signal("late", "")));
    assert_eq!(refused, Err(closed.clone()));
    assert_eq!(cancel(&mut run), Ok(()));
    assert_eq!(terminate(&mut run), Err(closed.clone()));
    assert_eq!(run.try_start_activity(scheduled), Err(closed.clone()));
    assert_eq!(run.complete_activity(scheduled, 1), Err(closed.clone()));
    let refused = run.fail_activity(scheduled, 1, declined());
    assert_eq!(refused, Err(closed.clone()));
    let refused = run.heartbeat(scheduled, 1, "");
    assert_eq!(refused, Err(closed.clone()));
    let refused = run.decide(|draft| decide::start_workflow_task(draft, task_start()));
    assert_eq!(refused, Err(closed.clone()));
    let refused = run.decide(|draft| decide::complete_workflow_task(draft, completion(vec![])));
    assert_eq!(refused, Err(closed.clone()));
    let refused = run.decide(|draft| decide::fail_workflow_task(draft, task_failure()));
    assert_eq!(refused, Err(closed));
    let again = run.decide(|draft| decide::start(draft, start(StartOptions::default())));
    assert_eq!(again, Err(Rejection::AlreadyStarted { status }));
    run.pass(secs(1_000_000));
}

#[test]
fn attempts_that_run_when_the_run_closes_are_abandoned() {
    let mut run = Run::started();
    run.task(vec![schedule(activity("a")), schedule(activity("b"))]);
    let ids: Vec<_> = run
        .state
        .pending_activities()
        .map(|it| it.scheduled_event_id)
        .collect();
    run.start_activity(ids[1]);
    terminate(&mut run).expect("an open run");
    let abandoned = Effect::AbandonActivity {
        scheduled_event_id: ids[1],
        attempt: 1,
    };
    assert_eq!(run.effects, [abandoned, Effect::Closed]);
}

#[test]
fn what_is_canceled_in_the_task_that_closes_the_run_is_recorded_before_its_close() {
    let mut run = Run::started();
    run.task(vec![
        schedule(activity("a")),
        schedule(activity("b")),
        start_timer("t", 5),
    ]);
    let ids: Vec<_> = run
        .state
        .pending_activities()
        .map(|it| it.scheduled_event_id)
        .collect();
    run.start_activity(ids[1]);
    run.signal("stop");
    let mark = run.mark();
    run.task(vec![
        cancel_activity(ids[0]),
        cancel_activity(ids[1]),
        cancel_timer("t"),
        complete_run(),
    ]);
    // Nothing comes behind the close, so the end of the activity that never started is left out.
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::ActivityTaskCancelRequested,
            EventType::ActivityTaskCancelRequested,
            EventType::TimerCanceled,
            EventType::WorkflowExecutionCompleted,
        ]
    );
    assert_eq!(run.history().check_grammar(), Ok(()));
    let (scheduled_event_id, attempt) = (ids[1], 1);
    assert_eq!(
        run.effects,
        [
            Effect::WithdrawActivity {
                scheduled_event_id: ids[0]
            },
            Effect::CancelActivity {
                scheduled_event_id,
                attempt
            },
            Effect::AbandonActivity {
                scheduled_event_id,
                attempt
            },
            Effect::Closed
        ]
    );
}

#[test]
fn cancellation_is_recorded_once_and_left_to_the_program() {
    let mut run = Run::started();
    run.task(vec![]);
    let mark = run.mark();
    assert_eq!(cancel(&mut run), Ok(()));
    assert_eq!(cancel(&mut run), Ok(()));
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowExecutionCancelRequested,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert!(run.state.cancel_requested());
    run.task(vec![complete_run()]);
    assert_eq!(run.state.status(), ExecutionStatus::Completed);
}

#[test]
fn a_buffered_cancellation_counts_as_requested() {
    let mut run = Run::started();
    run.start_task();
    assert_eq!(cancel(&mut run), Ok(()));
    assert_eq!(cancel(&mut run), Ok(()));
    assert!(run.state.cancel_requested());
    assert_eq!(run.state.buffered_event_count(), 1);
}

#[test]
fn termination_closes_the_run_also_in_the_middle_of_a_workflow_task() {
    let mut run = Run::started();
    run.start_task();
    run.signal("unseen");
    let mark = run.mark();
    terminate(&mut run).expect("an open run");
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskFailed,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowExecutionTerminated
        ]
    );
    let failed = run.find(|attributes| match attributes {
        EventAttributes::WorkflowTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(failed.cause, FailedCause::ForceCloseCommand);
    assert_eq!(failed.identity.as_str(), "history-service");
    assert_eq!(run.state.status(), ExecutionStatus::Terminated);
}

#[test]
fn termination_during_a_transient_workflow_task_leaves_no_trace_of_it() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    run.start_task();
    let mark = run.mark();
    terminate(&mut run).expect("an open run");
    assert_eq!(run.since(mark), [EventType::WorkflowExecutionTerminated]);
}

#[track_caller]
fn check_timeout(options: StartOptions, after: u64, state: RetryState) {
    let mut run = Run::started_with(options);
    run.task(vec![start_timer("1", after)]);
    let mark = run.mark();
    run.pass(secs(after - 1));
    assert_eq!(run.since(mark), []);
    run.pass(secs(1));
    // What falls due together with the end of the run still happens before it.
    assert_eq!(
        run.since(mark),
        [
            EventType::TimerFired,
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowExecutionTimedOut
        ]
    );
    assert_eq!(run.state.status(), ExecutionStatus::TimedOut);
    let closed = run.state.close();
    assert!(
        matches!(closed, Some(EventAttributes::WorkflowExecutionTimedOut(it))
            if it.retry_state == state)
    );
    assert_eq!(run.effects, [Effect::Closed]);
}

#[test]
fn a_run_whose_time_is_up_times_out() {
    let options = StartOptions {
        run_timeout: Some(secs(30)),
        ..StartOptions::default()
    };
    check_timeout(options, 30, RetryState::RetryPolicyNotSet);
}

#[test]
fn a_run_times_out_when_the_time_of_its_execution_is_up() {
    let options = StartOptions {
        execution_timeout: Some(secs(20)),
        run_timeout: Some(secs(30)),
        ..StartOptions::default()
    };
    check_timeout(options, 20, RetryState::Timeout);
}

#[test]
fn a_run_times_out_also_in_the_middle_of_a_workflow_task() {
    let mut run = Run::started_with(StartOptions {
        run_timeout: Some(secs(5)),
        task_timeout: secs(10),
        ..StartOptions::default()
    });
    run.wait(secs(1));
    run.start_task();
    let mark = run.mark();
    run.pass(secs(4));
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskFailed,
            EventType::WorkflowExecutionTimedOut
        ]
    );
}
