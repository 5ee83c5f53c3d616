//! The life cycle of workflow tasks (2.1).

use crate::{
    machine::execution::{
        Rejection, decide,
        decide::WorkflowTaskOutcome,
        tests::script::{Run, completion, secs, start_timer, task_failure, task_start},
        workflow_task::start_to_close_timeout,
    },
    model::{EventAttributes, EventId, EventType, TimeoutType, event::workflow_task::FailedCause},
};

#[test]
fn the_timeout_stretches_past_the_third_attempt() {
    let table = [
        (1, 10),
        (2, 10),
        (3, 10),
        (4, 15),
        (5, 20),
        (6, 30),
        (7, 50),
        (8, 90),
        (9, 170),
        (10, 330),
        (11, 610),
        (12, 610),
        (u32::MAX, 610),
    ];
    for (attempt, expected) in table {
        let timeout = start_to_close_timeout(secs(10), attempt);
        assert_eq!(timeout, secs(expected), "attempt {attempt}");
    }
}

#[test]
fn a_run_has_at_most_one_workflow_task() {
    let mut run = Run::started();
    run.signal("a");
    run.signal("b");
    assert_eq!(
        run.since(1),
        [
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowExecutionSignaled
        ]
    );
}

#[test]
fn a_workflow_task_is_one_transition_where_it_runs_within_the_process() {
    let mut run = Run::started();
    let mark = run.mark();
    assert_eq!(
        run.task(vec![start_timer("1", 5)]),
        WorkflowTaskOutcome::Completed
    );
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::TimerStarted
        ]
    );
    assert_eq!(run.transitions.len(), 2);
    assert!(run.state.workflow_task().is_none());
}

#[test]
fn the_first_failure_is_recorded_and_the_next_attempt_is_made_at_once() {
    let mut run = Run::started();
    run.start_task();
    let mark = run.mark();
    run.fail_task();
    assert_eq!(run.since(mark), [EventType::WorkflowTaskFailed]);
    let task = run.state.workflow_task().expect("a workflow task");
    assert_eq!((task.attempt, task.not_before()), (2, run.now));
    let problem = task.last_failure.as_ref().expect("its cause");
    assert_eq!(problem.cause, FailedCause::WorkflowWorkerUnhandledFailure);
    assert!(run.state.wake().at_once);
}

#[test]
fn the_first_failure_of_who_keeps_the_program_does_not_count() {
    let mut run = Run::started();
    run.task(vec![]);
    run.signal("a");
    let mark = run.mark();
    let failed = [
        EventType::WorkflowTaskStarted,
        EventType::WorkflowTaskFailed,
    ];
    run.start_task();
    run.fail_task();
    let mut expected = Vec::from(failed);
    expected.push(EventType::WorkflowTaskScheduled);
    assert_eq!(run.since(mark), expected);
    assert_eq!(run.task_attempt(), 1);
    assert!(run.state.workflow_task_is_startable(run.now));
    let task = run.state.workflow_task().expect("a workflow task");
    assert!(task.last_failure.is_some(), "operators see the cause");

    let mark = run.mark();
    run.start_task();
    run.fail_task();
    assert_eq!(run.since(mark), failed);
    assert_eq!(run.task_attempt(), 2);

    // Whoever completes it keeps the program again.
    run.task(vec![]);
    run.signal("b");
    run.start_task();
    run.fail_task();
    assert_eq!(run.task_attempt(), 1);
}

#[test]
fn a_failure_of_who_has_not_completed_the_last_task_counts() {
    let mut run = Run::started();
    run.task(vec![]);
    run.signal("a");
    let mut other = task_start();
    other.identity = "another".into();
    run.decide(|draft| decide::start_workflow_task(draft, other))
        .expect("a scheduled workflow task");
    run.fail_task();
    assert_eq!(run.task_attempt(), 2);
}

#[test]
fn a_transient_workflow_task_is_recorded_when_it_succeeds() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    let mark = run.mark();
    run.wait(secs(3));
    let task = run.start_task();
    assert_eq!(run.since(mark), []);
    assert_eq!(task.attempt, 2);
    let ids: Vec<EventId> = task.events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [EventId::new(5), EventId::new(6)]);

    run.wait(secs(1));
    run.complete_task(vec![start_timer("1", 5)]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::TimerStarted
        ]
    );
    // What the program was shown is what is recorded.
    assert_eq!(run.history().events[mark..mark + 2], task.events);
    let EventAttributes::WorkflowTaskScheduled(scheduled) = &task.events[0].attributes else {
        panic!("{:?}", task.events);
    };
    assert_eq!(scheduled.attempt, 2);
}

#[test]
fn a_transient_workflow_task_that_fails_leaves_no_event_and_backs_off() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    let mark = run.mark();
    for (attempt, backoff) in [(2, 10), (3, 10), (4, 15), (5, 20)] {
        assert_eq!(run.task_attempt(), attempt);
        run.start_task();
        run.fail_task();
        let refused = run.decide(|draft| decide::start_workflow_task(draft, task_start()));
        assert_eq!(
            refused,
            Err(Rejection::NotDue {
                what: "workflow task",
                not_before: run.now.after(secs(backoff)),
            })
        );
        assert_eq!(
            run.state.next_deadline(),
            Some(run.now.after(secs(backoff)))
        );
        // A new process does not wait: its code may be what the task was waiting for.
        assert!(run.state.wake().at_once);
        run.wait(secs(backoff));
        assert!(run.state.workflow_task_is_startable(run.now));
    }
    assert_eq!(run.since(mark), []);
}

#[test]
fn a_new_event_makes_a_transient_workflow_task_normal_again_and_startable_at_once() {
    let mut run = Run::started();
    for _ in 0..2 {
        run.start_task();
        run.fail_task();
    }
    assert!(!run.state.workflow_task_is_startable(run.now));
    let mark = run.mark();
    run.signal("hint");
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled
        ]
    );
    let task = run.state.workflow_task().expect("a workflow task");
    assert_eq!(task.attempt, 1);
    assert!(task.last_failure.is_some(), "operators still see the cause");
    assert!(run.state.workflow_task_is_startable(run.now));
    run.task(vec![]);
    run.signal("again");
    let task = run.state.workflow_task().expect("a workflow task");
    assert!(task.last_failure.is_none(), "success clears the cause");
}

#[test]
fn a_new_event_during_a_transient_workflow_task_resets_the_attempt_after_it_fails() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    run.start_task();
    let mark = run.mark();
    run.signal("hint");
    assert_eq!(run.since(mark), []);
    run.fail_task();
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(run.task_attempt(), 1);
    assert!(run.state.workflow_task_is_startable(run.now));
}

#[test]
fn a_workflow_task_that_does_not_answer_times_out() {
    let mut run = Run::started();
    run.start_task();
    let mark = run.mark();
    run.pass(secs(9));
    assert_eq!(run.since(mark), []);
    run.pass(secs(1));
    assert_eq!(run.since(mark), [EventType::WorkflowTaskTimedOut]);
    assert!(matches!(
        run.last(),
        EventAttributes::WorkflowTaskTimedOut(it) if it.timeout_type == TimeoutType::StartToClose
    ));
    // A further timeout leaves no event, and having waited already it is not waited for again.
    run.start_task();
    run.pass(secs(10));
    assert_eq!(run.since(mark).len(), 1);
    assert_eq!(run.task_attempt(), 3);
    assert!(run.state.workflow_task_is_startable(run.now));
    let late = run.decide(|draft| decide::complete_workflow_task(draft, completion(vec![])));
    assert_eq!(
        late,
        Err(Rejection::NotFound {
            what: "started workflow task"
        })
    );
}

#[test]
fn starting_a_workflow_task_is_idempotent_by_request_id() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    let first = run.start_task();
    let transitions = run.transitions.len();
    assert_eq!(run.start_task(), first);
    assert_eq!(run.transitions.len(), transitions);
    let mut other = task_start();
    other.request_id = "another".into();
    let refused = run.decide(|draft| decide::start_workflow_task(draft, other));
    assert_eq!(
        refused,
        Err(Rejection::TaskAlreadyStarted {
            what: "workflow task"
        })
    );
}

#[test]
fn an_answer_without_a_started_workflow_task_is_refused() {
    let mut run = Run::started();
    let expected = Rejection::NotFound {
        what: "started workflow task",
    };
    let refused = run.decide(|draft| decide::complete_workflow_task(draft, completion(vec![])));
    assert_eq!(refused, Err(expected.clone()));
    let refused = run.decide(|draft| decide::fail_workflow_task(draft, task_failure()));
    assert_eq!(refused, Err(expected));
    run.task(vec![]);
    let refused = run.decide(|draft| decide::start_workflow_task(draft, task_start()));
    assert_eq!(
        refused,
        Err(Rejection::NotFound {
            what: "workflow task"
        })
    );
}
