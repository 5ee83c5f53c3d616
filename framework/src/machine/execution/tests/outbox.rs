//! The outbox: what is said to other runs, in what order, and until when (2.4, 2.7).

use crate::{
    machine::execution::{
        Message, MessageContent, MessageOutcome, Rejection, decide,
        tests::script::{Run, bulky, complete_run, payloads, worker},
    },
    model::{
        Command, EventAttributes, EventId, EventType, ExecutionStatus, Header, MessageId,
        MessageKind, Payloads, RequestCancelExternalWorkflow, RunId, SignalExternalWorkflow,
        WorkflowExecution, event::workflow_task::FailedCause, limits,
    },
};

fn receiver(workflow_id: &str) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: RunId::default(),
    }
}

fn signal_to(workflow_id: &str, name: &str) -> Command {
    Command::SignalExternalWorkflowExecution(SignalExternalWorkflow {
        header: None,
        workflow_execution: receiver(workflow_id),
        signal_name: name.into(),
        input: payloads("box"),
        child_workflow_only: false,
    })
}

fn cancel(workflow_id: &str) -> Command {
    Command::RequestCancelExternalWorkflowExecution(RequestCancelExternalWorkflow {
        workflow_execution: receiver(workflow_id),
        reason: "no longer needed".into(),
        child_workflow_only: false,
    })
}

/// The events whose messages the last decision has sent.
fn sent(run: &Run) -> Vec<EventId> {
    run.messages.iter().map(|it| it.id.event_id).collect()
}

fn settle(run: &mut Run, kind: MessageKind, event_id: EventId, outcome: MessageOutcome) {
    let id = MessageId { event_id, kind };
    run.decide(|draft| decide::settle_message(draft, id, outcome));
}

fn terminate(run: &mut Run) {
    let message = decide::Terminate {
        reason: String::new(),
        details: Payloads::EMPTY,
        identity: worker(),
    };
    run.decide(|draft| decide::terminate(draft, message))
        .unwrap();
}

#[test]
fn a_message_is_sent_and_its_answer_wakes_the_program() {
    let mut run = Run::started();
    run.task(vec![signal_to("warehouse", "restock"), cancel("carrier")]);
    let (signal, request) = (EventId::new(5), EventId::new(6));
    assert_eq!(sent(&run), [signal, request]);
    assert!(run.state.wake().at_once, "recovery sends it again");
    let mark = run.mark();
    settle(
        &mut run,
        MessageKind::Signal,
        signal,
        MessageOutcome::Delivered,
    );
    run.task(vec![]);
    settle(
        &mut run,
        MessageKind::RequestCancel,
        request,
        MessageOutcome::NotFound,
    );
    let events = run.since(mark);
    assert_eq!(events[0], EventType::ExternalWorkflowExecutionSignaled);
    assert_eq!(
        events[events.len() - 2..],
        [
            EventType::RequestCancelExternalWorkflowExecutionFailed,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert!(!run.state.has_messages());
}

#[test]
fn an_answer_that_comes_twice_or_to_nothing_changes_nothing() {
    let mut run = Run::started();
    run.task(vec![signal_to("warehouse", "restock")]);
    let id = EventId::new(5);
    settle(&mut run, MessageKind::Signal, id, MessageOutcome::Delivered);
    let transitions = run.transitions.len();
    settle(&mut run, MessageKind::Signal, id, MessageOutcome::NotFound);
    settle(
        &mut run,
        MessageKind::RequestCancel,
        id,
        MessageOutcome::Delivered,
    );
    settle(
        &mut run,
        MessageKind::Signal,
        EventId::new(99),
        MessageOutcome::Delivered,
    );
    assert_eq!(run.transitions.len(), transitions);
}

#[test]
fn of_the_messages_for_one_execution_one_is_under_way() {
    let mut run = Run::started();
    run.task(vec![
        signal_to("a", "first"),
        signal_to("b", "other"),
        cancel("a"),
        signal_to("a", "last"),
    ]);
    let [first, other, second, last] = [5, 6, 7, 8].map(EventId::new);
    assert_eq!(sent(&run), [first, other]);
    let firsts = |run: &Run| -> Vec<EventId> {
        run.state
            .first_messages()
            .map(|it| it.id.event_id)
            .collect()
    };
    assert_eq!(firsts(&run), [first, other]);
    settle(
        &mut run,
        MessageKind::Signal,
        first,
        MessageOutcome::NotFound,
    );
    assert_eq!(sent(&run), [second]);
    // What comes meanwhile gets in line, and the other line goes on by itself.
    run.task(vec![signal_to("a", "later")]);
    assert_eq!(sent(&run), []);
    settle(
        &mut run,
        MessageKind::Signal,
        other,
        MessageOutcome::Delivered,
    );
    assert_eq!(sent(&run), []);
    settle(
        &mut run,
        MessageKind::RequestCancel,
        second,
        MessageOutcome::Delivered,
    );
    assert_eq!(sent(&run), [last]);
}

#[test]
fn an_answer_to_a_run_whose_workflow_task_runs_is_buffered_and_counts_once() {
    let mut run = Run::started();
    run.task(vec![signal_to("a", "first"), signal_to("a", "second")]);
    run.signal("wake");
    run.start_task();
    settle(
        &mut run,
        MessageKind::Signal,
        EventId::new(5),
        MessageOutcome::Delivered,
    );
    assert_eq!(sent(&run), [EventId::new(6)]);
    assert_eq!(run.state.buffered_event_count(), 1);
    run.complete_task(vec![]);
    assert_eq!(sent(&run), []);
    assert_eq!(run.state.message_count(MessageKind::Signal), 1);
}

#[test]
fn what_the_closing_task_says_is_recorded_and_never_sent() {
    let mut run = Run::started();
    run.task(vec![signal_to("a", "early")]);
    run.signal("wake");
    run.task(vec![signal_to("a", "late"), cancel("b"), complete_run()]);
    assert_eq!(run.state.status(), ExecutionStatus::Completed);
    assert_eq!(sent(&run), []);
    let left: Vec<EventId> = run
        .state
        .first_messages()
        .map(|it| it.id.event_id)
        .collect();
    assert_eq!(left, [EventId::new(5)], "what an earlier task has said");
    assert!(run.state.wake().closed && run.state.wake().at_once);
    // A closed run records the answer without an event.
    let events = run.history().events.len();
    settle(
        &mut run,
        MessageKind::Signal,
        EventId::new(5),
        MessageOutcome::NotFound,
    );
    assert_eq!(run.history().events.len(), events);
    assert_eq!(sent(&run), []);
    assert!(!run.state.has_messages() && !run.state.wake().at_once);
}

#[test]
fn a_terminated_run_still_sends_what_it_had_to_say() {
    let mut run = Run::started();
    run.task(vec![signal_to("a", "first"), signal_to("a", "second")]);
    terminate(&mut run);
    assert_eq!(sent(&run), []);
    settle(
        &mut run,
        MessageKind::Signal,
        EventId::new(5),
        MessageOutcome::Delivered,
    );
    assert_eq!(sent(&run), [EventId::new(6)]);
    settle(
        &mut run,
        MessageKind::Signal,
        EventId::new(6),
        MessageOutcome::Delivered,
    );
    assert!(!run.state.has_messages());
}

#[test]
fn faulty_messages_fail_the_workflow_task() {
    let long = "x".repeat(limits::ID_BYTES_MAX + 1);
    let bulky_signal = Command::SignalExternalWorkflowExecution(SignalExternalWorkflow {
        header: None,
        workflow_execution: receiver("a"),
        signal_name: "go".into(),
        input: bulky(limits::PAYLOAD_BYTES_MAX + 1),
        child_workflow_only: false,
    });
    let bulky_reason =
        Command::RequestCancelExternalWorkflowExecution(RequestCancelExternalWorkflow {
            workflow_execution: receiver("a"),
            reason: "x".repeat(limits::PAYLOAD_BYTES_MAX + 1),
            child_workflow_only: false,
        });
    let signal_cause = FailedCause::BadSignalWorkflowExecutionAttributes;
    let cancel_cause = FailedCause::BadRequestCancelExternalWorkflowExecutionAttributes;
    for (command, expected) in [
        (signal_to("", "go"), signal_cause),
        (signal_to(&long, "go"), signal_cause),
        (signal_to("a", ""), signal_cause),
        (signal_to("a", &long), signal_cause),
        (bulky_signal, signal_cause),
        (cancel(""), cancel_cause),
        (cancel(&long), cancel_cause),
        (bulky_reason, cancel_cause),
    ] {
        let mut run = Run::started();
        run.start_task();
        let outcome = run.complete_task(vec![command]);
        assert_eq!(
            outcome,
            decide::WorkflowTaskOutcome::Failed { cause: expected }
        );
        assert!(!run.state.has_messages());
    }
}

#[test]
fn so_many_messages_of_a_kind_are_pending_and_no_more() {
    type Make = fn(&str) -> Command;
    let kinds: [(Make, usize, FailedCause); 2] = [
        (
            |id| signal_to(id, "go"),
            limits::PENDING_SIGNALS_MAX,
            FailedCause::PendingSignalsLimitExceeded,
        ),
        (
            cancel,
            limits::PENDING_CANCEL_REQUESTS_MAX,
            FailedCause::PendingRequestCancelLimitExceeded,
        ),
    ];
    for (make, limit, cause) in kinds {
        let mut run = Run::started();
        run.task((0..limit - 1).map(|it| make(&it.to_string())).collect());
        run.signal("wake");
        run.start_task();
        let outcome = run.complete_task(vec![make("last"), make("too many")]);
        assert_eq!(outcome, decide::WorkflowTaskOutcome::Failed { cause });
        run.start_task();
        let outcome = run.complete_task(vec![make("last")]);
        assert_eq!(outcome, decide::WorkflowTaskOutcome::Completed);
        assert_eq!(run.state.first_messages().count(), limit);
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the content is made for the message"
)]
fn message(content: MessageContent) -> Message {
    let mut run = Run::started();
    run.task(vec![match content {
        MessageContent::Signal { .. } => signal_to("other", "restock"),
        _ => cancel("other"),
    }]);
    let mut message = run.state.first_messages().next().unwrap().clone();
    message.sender = WorkflowExecution {
        workflow_id: "sender".into(),
        run_id: RunId::from_u128(7),
    };
    message
}

fn a_signal() -> Message {
    message(MessageContent::Signal {
        header: Header::EMPTY,
        name: "".into(),
        input: Payloads::EMPTY,
    })
}

fn a_request() -> Message {
    message(MessageContent::RequestCancel {
        reason: String::new(),
    })
}

fn receive(run: &mut Run, message: &Message) -> Result<(), Rejection> {
    run.decide(|draft| decide::receive_message(draft, message))
}

#[test]
fn a_message_is_applied_once_however_often_it_comes() {
    let mut run = Run::started();
    run.task(vec![]);
    let signal = a_signal();
    for _ in 0..3 {
        assert_eq!(receive(&mut run, &signal), Ok(()));
    }
    assert_eq!(run.state.signal_count(), 1);
    let request = a_request();
    for _ in 0..3 {
        assert_eq!(receive(&mut run, &request), Ok(()));
    }
    let requests = run.history().attributes().filter(|it| {
        matches!(it, EventAttributes::WorkflowExecutionCancelRequested(it)
            if it.external_initiated_event_id == request.id.event_id
            && it.external_workflow_execution.as_deref() == Some(&request.sender))
    });
    assert_eq!(requests.count(), 1);
    // A run that has closed meanwhile knows it still.
    terminate(&mut run);
    assert_eq!(receive(&mut run, &signal), Ok(()));
}

#[test]
fn a_closed_run_takes_no_signal_and_has_nothing_left_to_stop() {
    let mut run = Run::started();
    terminate(&mut run);
    let closed = receive(&mut run, &a_signal());
    assert!(
        matches!(closed, Err(Rejection::AlreadyClosed { .. })),
        "{closed:?}"
    );
    assert_eq!(receive(&mut run, &a_request()), Ok(()));
}

#[test]
fn nobody_speaks_to_itself_and_a_stranger_is_no_child() {
    let mut run = Run::started();
    let mut own = a_signal();
    own.sender.workflow_id = run.state.execution().workflow_id;
    assert!(matches!(
        receive(&mut run, &own),
        Err(Rejection::NotFound { .. })
    ));
    let mut own = a_request();
    own.sender.workflow_id = run.state.execution().workflow_id;
    assert!(matches!(
        receive(&mut run, &own),
        Err(Rejection::NotFound { .. })
    ));
    let mut to_child = a_request();
    to_child.child_workflow_only = true;
    assert!(matches!(
        receive(&mut run, &to_child),
        Err(Rejection::NotFound { .. })
    ));
}

#[test]
fn a_run_with_all_its_signals_takes_no_more_from_others_either() {
    let mut run = Run::started();
    run.decide(|draft| {
        for number in 0..limits::SIGNALS_MAX {
            let message =
                crate::machine::execution::tests::script::signal("go", &number.to_string());
            decide::signal(draft, message).unwrap();
        }
    });
    let refused = receive(&mut run, &a_signal());
    assert!(
        matches!(refused, Err(Rejection::TooManySignals { .. })),
        "{refused:?}"
    );
}
