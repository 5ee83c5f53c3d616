//! Headers, priorities and words for people: where they go, and how large they may be.

use crate::{
    machine::execution::{
        Effect, Rejection,
        decide::{self, SignalMessage, Start, WorkflowTaskOutcome},
        tests::script::{self, Run, activity, payloads, schedule, start, start_timer},
    },
    model::{
        Command, ContinueAsNew, EventAttributes as E, EventId, Header, MessageId, MessageKind,
        Payload, Priority, ScheduleActivityTask, SignalExternalWorkflow, StartChildWorkflow,
        StartOptions, UserMetadata, WorkflowExecution,
        event::{update, workflow_task::FailedCause},
        limits,
    },
};

fn header(tenant: &str) -> Header {
    let tenant = Payload {
        data: tenant.to_owned().into(),
        ..Payload::default()
    };
    [("tenant".to_owned(), tenant)].into_iter().collect()
}

fn of_acme() -> Run {
    Run::started_with(StartOptions {
        header: header("acme"),
        ..StartOptions::default()
    })
}

fn child(header: Option<Header>) -> Command {
    Command::StartChildWorkflowExecution(Box::new(StartChildWorkflow {
        workflow_id: "shipment".into(),
        workflow_type: "Shipment".into(),
        header,
        ..StartChildWorkflow::default()
    }))
}

fn signal(header: Option<Header>) -> Command {
    Command::SignalExternalWorkflowExecution(SignalExternalWorkflow {
        workflow_execution: WorkflowExecution {
            workflow_id: "other".into(),
            ..WorkflowExecution::default()
        },
        signal_name: "restock".into(),
        header,
        ..SignalExternalWorkflow::default()
    })
}

fn continue_as_new(header: Option<Header>) -> Command {
    Command::ContinueAsNewWorkflowExecution(ContinueAsNew {
        header,
        ..ContinueAsNew::default()
    })
}

fn call(header: Option<Header>) -> Command {
    schedule(ScheduleActivityTask {
        header,
        ..activity("a")
    })
}

/// The headers of all that was asked for, in order.
fn headers(run: &Run) -> Vec<Header> {
    let attributes = run.history().attributes();
    let asked = attributes.filter_map(|it| match it {
        E::ActivityTaskScheduled(it) => Some(&it.header),
        E::StartChildWorkflowExecutionInitiated(it) => Some(&it.header),
        E::SignalExternalWorkflowExecutionInitiated(it) => Some(&it.header),
        E::WorkflowExecutionContinuedAsNew(it) => Some(&it.header),
        _ => None,
    });
    asked.cloned().collect()
}

#[test]
fn the_header_of_a_run_travels_on_to_everything_that_it_asks_for() {
    let mut run = of_acme();
    run.task(vec![
        call(None),
        child(None),
        signal(None),
        continue_as_new(None),
    ]);
    assert_eq!(headers(&run), vec![header("acme"); 4]);
    let next = run.successor.clone().expect("a run that follows");
    assert_eq!(next.lineage.header, header("acme"));
}

#[test]
fn a_header_of_its_own_takes_the_place_of_that_of_the_run() {
    let own = || Some(header("own"));
    let mut run = of_acme();
    run.task(vec![
        call(own()),
        child(own()),
        signal(Some(Header::EMPTY)),
        continue_as_new(own()),
    ]);
    let expected = [header("own"), header("own"), Header::EMPTY, header("own")];
    assert_eq!(headers(&run), expected);
    let next = run.successor.clone().expect("a run that follows");
    assert_eq!(next.lineage.header, header("own"));
}

#[test]
fn attempts_children_and_receivers_have_the_header_that_was_sent() {
    let mut run = of_acme();
    run.task(vec![call(None), child(None), signal(None)]);
    run.start_activity(EventId::new(5));
    let [Effect::RunActivity(task)] = &run.effects[..] else {
        panic!("an attempt: {:?}", run.effects)
    };
    assert_eq!(task.header, header("acme"));

    let message = |event_id, kind| {
        let id = MessageId {
            event_id: EventId::new(event_id),
            kind,
        };
        run.state.message(id).expect("a message").clone()
    };
    let start = Start::of_child(&message(6, MessageKind::StartChild)).expect("a start");
    let mut child = Run::absent_under(start.execution.run_id);
    child.decide(|draft| decide::start(draft, start)).unwrap();
    let started = child.state.started().expect("the child has started");
    assert_eq!(started.lineage.header, header("acme"));

    let mut said = message(7, MessageKind::Signal);
    let mut other = Run::started();
    said.receiver = other.state.execution();
    said.sender.workflow_id = "elsewhere".into();
    other
        .decide(|draft| decide::receive_message(draft, &said))
        .unwrap();
    let signaled = other.find(|it| match it {
        E::WorkflowExecutionSignaled(it) => Some(it.header.clone()),
        _ => None,
    });
    assert_eq!(signaled, header("acme"));
}

#[test]
fn what_is_too_large_or_no_priority_is_refused_and_said() {
    let bulky = || header(&"x".repeat(limits::HEADER_BYTES_MAX));
    let options = StartOptions::default;
    let cases = [
        (
            StartOptions {
                header: bulky(),
                ..options()
            },
            "header is too large limit=16384 actual=16390",
        ),
        (
            StartOptions {
                priority: Priority::default().key(6),
                ..options()
            },
            "priority: its key is 6, and has to be from 1 to 5",
        ),
        (
            StartOptions {
                priority: Priority::default().fairness_weight(-1.0),
                ..options()
            },
            "priority: its fairness weight is -1, and has to be from 0.001 to 1000",
        ),
        (
            StartOptions {
                priority: Priority::default().fairness_weight(f32::NAN),
                ..options()
            },
            "priority: its fairness weight is NaN, and has to be from 0.001 to 1000",
        ),
        (
            StartOptions {
                priority: Priority::default().fairness_key("x".repeat(65)),
                ..options()
            },
            "fairness key is too large limit=64 actual=65",
        ),
    ];
    for (options, reason) in cases {
        let refused = start(options).check().expect_err(reason);
        assert_eq!(refused.to_string(), reason);
        assert!(!matches!(refused, Rejection::Missing { .. }));
    }
}

#[test]
fn a_command_with_too_much_fails_the_workflow_task_with_what_it_was() {
    let long = UserMetadata {
        summary: "x".repeat(limits::SUMMARY_BYTES_MAX + 1),
        ..UserMetadata::default()
    };
    let bulky = || Some(header(&"x".repeat(limits::HEADER_BYTES_MAX)));
    let timer = match start_timer("t", 1) {
        Command::StartTimer {
            timer_id,
            start_to_fire_timeout,
            ..
        } => Command::StartTimer {
            timer_id,
            start_to_fire_timeout,
            user_metadata: long.clone().into_attribute(),
        },
        other => other,
    };
    let cases = [
        (call(bulky()), FailedCause::BadScheduleActivityAttributes),
        (
            schedule(ScheduleActivityTask {
                user_metadata: long.into_attribute(),
                input: payloads("card"),
                ..activity("a")
            }),
            FailedCause::BadScheduleActivityAttributes,
        ),
        (timer, FailedCause::BadStartTimerAttributes),
        (
            child(bulky()),
            FailedCause::BadStartChildExecutionAttributes,
        ),
        (
            signal(bulky()),
            FailedCause::BadSignalWorkflowExecutionAttributes,
        ),
        (
            continue_as_new(bulky()),
            FailedCause::BadContinueAsNewAttributes,
        ),
    ];
    for (command, cause) in cases {
        let mut run = Run::started();
        let outcome = run.task(vec![command]);
        assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    }
}

#[test]
fn messages_with_too_large_a_header_are_refused() {
    let bulky = || header(&"x".repeat(limits::HEADER_BYTES_MAX));
    let mut run = Run::started();
    let message = SignalMessage {
        header: bulky(),
        ..script::signal("approve", "")
    };
    let refused = run.decide(|draft| decide::signal(draft, message));
    assert!(matches!(
        refused,
        Err(Rejection::TooLarge { what: "header", .. })
    ));
    let request = update::Request {
        update_id: "u".into(),
        name: "change".into(),
        header: bulky(),
        ..update::Request::default()
    };
    let refused = decide::admit_update(&run.state, &request);
    assert!(matches!(
        refused,
        Err(Rejection::TooLarge { what: "header", .. })
    ));
}
