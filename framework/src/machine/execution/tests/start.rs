//! Starting a run.

use crate::{
    machine::execution::{
        ExecutionState, Rejection, decide,
        tests::script::{RUN, Run, START, bulky, secs, signal, start, task_start},
    },
    model::{EventType, ExecutionStatus, RecordNumber, StartOptions, limits},
};

#[test]
fn a_run_starts_with_its_first_workflow_task() {
    let run = Run::started();
    assert_eq!(
        run.since(0),
        [
            EventType::WorkflowExecutionStarted,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(run.state.status(), ExecutionStatus::Running);
    assert_eq!(run.state.execution().workflow_id.as_str(), "order-42");
    assert_eq!(run.state.last_record(), RecordNumber::new(1));
    assert_eq!(run.state.started_at(), START);
    assert!(run.state.workflow_task_is_startable(START));
}

#[test]
fn a_run_starts_once() {
    let mut run = Run::started();
    let again = run.decide(|draft| decide::start(draft, start(StartOptions::default())));
    assert_eq!(
        again,
        Err(Rejection::AlreadyStarted {
            status: ExecutionStatus::Running
        })
    );
}

#[test]
fn timeouts_are_filled_in_and_capped_at_start() {
    let run = Run::started_with(StartOptions {
        execution_timeout: Some(secs(3_600)),
        run_timeout: Some(secs(7_200)),
        task_timeout: secs(500),
        ..StartOptions::default()
    });
    let started = run.state.started().expect("a started run");
    assert_eq!(started.workflow_run_timeout, Some(secs(3_600)));
    assert_eq!(started.workflow_task_timeout, secs(120));
    assert_eq!(
        started.workflow_execution_expiration_time,
        Some(START.after(secs(3_600)))
    );
}

#[test]
fn a_start_that_is_incomplete_or_too_large_is_refused() {
    type Set = fn(&mut decide::Start, &str);
    let long = "x".repeat(limits::ID_BYTES_MAX + 1);
    let cases: [(&str, Set); 5] = [
        ("workflow id", |start, text| {
            start.execution.workflow_id = text.into();
        }),
        ("workflow type", |start, text| {
            start.workflow_type = text.into();
        }),
        ("task queue", |start, text| {
            start.options.task_queue = text.into();
        }),
        ("identity", |start, text| start.identity = text.into()),
        ("request id", |start, text| start.request_id = text.into()),
    ];
    for (index, (what, set)) in cases.into_iter().enumerate() {
        let mut run = Run::absent();
        let mut message = start(StartOptions::default());
        set(&mut message, &long);
        let refused = run.decide(|draft| decide::start(draft, message.clone()));
        let too_large = Rejection::TooLarge {
            what,
            actual: limits::ID_BYTES_MAX + 1,
            limit: limits::ID_BYTES_MAX,
        };
        assert_eq!(refused, Err(too_large));
        set(&mut message, "");
        let outcome = run.decide(|draft| decide::start(draft, message));
        // The first three have to be given, the others need not be.
        let expected = if index < 3 {
            Err(Rejection::Missing { what })
        } else {
            Ok(())
        };
        assert_eq!(outcome, expected);
    }
    let mut message = start(StartOptions::default());
    message.input = bulky(limits::PAYLOAD_BYTES_MAX + 1);
    let refused = Run::absent().decide(|draft| decide::start(draft, message));
    let refused = refused.expect_err("a refusal").to_string();
    assert_eq!(
        refused,
        "workflow input is too large limit=2097152 actual=2097153"
    );
}

#[test]
fn before_its_start_a_run_accepts_nothing() {
    let mut run = Run::absent();
    let refused = run.decide(|draft| decide::signal(draft, signal("approve", "")));
    assert_eq!(refused, Err(Rejection::NotStarted));
    let refused = run.decide(|draft| decide::start_workflow_task(draft, task_start()));
    assert_eq!(refused, Err(Rejection::NotStarted));
    run.decide(decide::pass_deadlines);
    run.lose_all_attempts();
    assert_eq!(run.state, ExecutionState::of_run(RUN));
}
