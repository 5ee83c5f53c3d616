//! Children: two histories that agree, whatever comes first and however often it comes (2.7).

use crate::{
    machine::execution::{
        Message, MessageContent, MessageOutcome, Rejection,
        decide::{self, Start},
        tests::script::{RUN, Run, complete_run, declined, payloads, secs, start_timer},
    },
    model::{
        Command, EventAttributes as E, EventId, EventType, ExecutionStatus, Identity, MessageId,
        MessageKind, ParentClosePolicy, RetryPolicy, RunId, StartChildWorkflow, StartOptions,
        WorkflowIdReusePolicy,
        event::{child_workflow::StartFailedCause, workflow_task::FailedCause},
        limits,
    },
};

const INITIATED: EventId = EventId::new(5);

fn child(workflow_id: &str, policy: ParentClosePolicy) -> Command {
    Command::StartChildWorkflowExecution(Box::new(StartChildWorkflow {
        workflow_id: workflow_id.into(),
        workflow_type: "Shipment".into(),
        input: payloads("parcel"),
        parent_close_policy: policy,
        ..StartChildWorkflow::default()
    }))
}

/// A parent that has asked for a child.
fn parent() -> Run {
    let mut run = Run::started();
    run.task(vec![child("shipment", ParentClosePolicy::Terminate)]);
    run
}

fn start_id(event_id: EventId) -> MessageId {
    MessageId {
        event_id,
        kind: MessageKind::StartChild,
    }
}

fn settle(run: &mut Run, event_id: EventId, outcome: MessageOutcome) {
    run.decide(|draft| decide::settle_message(draft, start_id(event_id), outcome));
}

/// The child that the first message of a run asks for.
fn born(parent: &Run) -> Run {
    let message = parent.state.message(start_id(INITIATED)).unwrap();
    let start = Start::of_child(message).unwrap();
    let mut run = Run::absent_under(start.execution.run_id);
    run.decide(|draft| decide::start(draft, start)).unwrap();
    run
}

/// What a child says to its parent that has completed.
fn said_at_the_end(child: &mut Run) -> Message {
    child.task(vec![complete_run()]);
    child.messages.pop().unwrap()
}

fn receive(run: &mut Run, message: &Message) -> Result<(), Rejection> {
    run.decide(|draft| decide::receive_message(draft, message))
}

#[test]
fn a_child_begins_as_its_parent_says_and_knows_where_it_comes_from() {
    let parent = parent();
    let child = born(&parent);
    let started = child.state.started().unwrap();
    assert_eq!(started.workflow_type.as_str(), "Shipment");
    assert_eq!(started.task_queue.as_str(), "default");
    assert_eq!(started.input, payloads("parcel"));
    assert_eq!(started.identity, Identity::default());
    let lineage = &started.lineage;
    assert_eq!(lineage.parent_initiated_event_id, INITIATED);
    assert!(lineage.is_child_of(&parent.state.execution()));
    let root = lineage.root_workflow_execution.as_deref();
    assert_eq!(root, Some(&parent.state.execution()));
    assert_eq!(lineage.first_execution_run_id, child.state.run_id());
}

#[test]
fn the_run_of_a_child_follows_from_the_event_that_asks_for_it() {
    let ids = |run: &Run| -> Vec<RunId> {
        let children = run.state.pending_children();
        children.map(|child| child.execution.run_id).collect()
    };
    let ask = || {
        vec![
            child("a", ParentClosePolicy::Abandon),
            child("b", ParentClosePolicy::Abandon),
        ]
    };
    let (mut one, mut two) = (Run::started(), Run::started());
    one.task(ask());
    two.task(ask());
    assert_eq!(ids(&one), ids(&two));
    assert_ne!(ids(&one)[0], ids(&one)[1]);
    assert_ne!(ids(&one)[0], RUN);
}

#[test]
fn the_answer_to_a_start_wakes_the_program() {
    let mut run = parent();
    assert_eq!(run.messages.len(), 1);
    assert!(run.state.wake().at_once, "recovery sends it again");
    let mark = run.mark();
    settle(&mut run, INITIATED, MessageOutcome::Delivered);
    assert_eq!(
        run.since(mark),
        [
            EventType::ChildWorkflowExecutionStarted,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert!(!run.state.has_messages());
    let child = run.state.pending_child(INITIATED).unwrap();
    assert_eq!(child.started_event_id, Some(EventId::new(6)));
}

#[test]
fn an_id_that_is_taken_ends_the_child() {
    let mut run = parent();
    settle(&mut run, INITIATED, MessageOutcome::AlreadyExists);
    let cause = run.find(|it| match it {
        E::StartChildWorkflowExecutionFailed(it) => Some(it.cause),
        _ => None,
    });
    assert_eq!(cause, StartFailedCause::WorkflowAlreadyExists);
    assert!(run.state.pending_child(INITIATED).is_none());
}

#[test]
fn the_end_of_a_child_is_recorded_once() {
    let mut run = parent();
    let mut child = born(&run);
    settle(&mut run, INITIATED, MessageOutcome::Delivered);
    let said = said_at_the_end(&mut child);
    assert_eq!(said.receiver, run.state.execution());
    receive(&mut run, &said).unwrap();
    let completed = run.find(|it| match it {
        E::ChildWorkflowExecutionCompleted(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(completed.workflow_execution, child.state.execution());
    assert_eq!(completed.started_event_id, EventId::new(6));
    let transitions = run.transitions.len();
    receive(&mut run, &said).unwrap();
    assert_eq!(run.transitions.len(), transitions);
    // Its answer takes the child's last word out.
    assert!(child.state.wake().at_once);
    child.decide(|draft| decide::settle_message(draft, said.id, MessageOutcome::Delivered));
    assert!(!child.state.has_messages());
}

#[test]
fn an_end_that_comes_before_the_answer_to_the_start_says_that_there_was_one() {
    let mut run = parent();
    let mut child = born(&run);
    let said = said_at_the_end(&mut child);
    assert_eq!(
        decide::unanswered_start(&run.state, &said),
        Some(start_id(INITIATED))
    );
    let mark = run.mark();
    receive(&mut run, &said).unwrap();
    assert_eq!(
        run.since(mark),
        [
            EventType::ChildWorkflowExecutionStarted,
            EventType::WorkflowTaskScheduled,
            EventType::ChildWorkflowExecutionCompleted
        ]
    );
    let transitions = run.transitions.len();
    settle(&mut run, INITIATED, MessageOutcome::Delivered);
    assert_eq!(run.transitions.len(), transitions, "the late answer");
}

#[test]
fn ends_of_children_go_behind_what_was_buffered_and_know_their_starts() {
    let mut run = parent();
    let mut child = born(&run);
    run.signal("wake");
    run.start_task();
    let said = said_at_the_end(&mut child);
    receive(&mut run, &said).unwrap();
    assert!(run.state.pending_child(INITIATED).is_none());
    run.signal("late");
    let mark = run.mark();
    run.complete_task(vec![]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::ChildWorkflowExecutionStarted,
            EventType::WorkflowExecutionSignaled,
            EventType::ChildWorkflowExecutionCompleted,
            EventType::WorkflowTaskScheduled
        ]
    );
    let (started, completed) = run.find(|it| match it {
        E::ChildWorkflowExecutionCompleted(it) => {
            Some((it.started_event_id, it.initiated_event_id))
        }
        _ => None,
    });
    assert_eq!(completed, INITIATED);
    let position = usize::try_from(started.get()).unwrap() - 1;
    assert_eq!(
        run.history().events[position].event_type(),
        EventType::ChildWorkflowExecutionStarted
    );
}

#[test]
fn a_run_of_a_child_that_another_follows_says_nothing_to_the_parent() {
    let mut run = Run::started();
    let Command::StartChildWorkflowExecution(asked) = child("shipment", ParentClosePolicy::Abandon)
    else {
        unreachable!()
    };
    run.task(vec![Command::StartChildWorkflowExecution(Box::new(
        StartChildWorkflow {
            retry_policy: Some(RetryPolicy::default()),
            ..*asked
        },
    ))]);
    let mut child = born(&run);
    child.task(vec![Command::FailWorkflowExecution {
        failure: declined(),
    }]);
    assert_eq!(child.state.status(), ExecutionStatus::Failed);
    let non_retryable = child.successor.is_none();
    assert_eq!(child.messages.is_empty(), !non_retryable);
    let mut patient = born(&run);
    patient.task(vec![Command::ContinueAsNewWorkflowExecution(
        crate::model::ContinueAsNew::default(),
    )]);
    assert_eq!(patient.messages, []);
    assert!(!patient.state.has_messages());
    let next = patient.successor.take().unwrap();
    assert!(next.lineage.is_child_of(&run.state.execution()));
}

#[test]
fn every_close_says_to_children_what_their_policies_say() {
    type Close = fn(&mut Run);
    let closes: [(&str, Close); 3] = [
        ("completes", |run| {
            run.task(vec![complete_run()]);
        }),
        ("is terminated", Run::terminate),
        ("times out", |run| run.pass(secs(60))),
    ];
    for (how, close) in closes {
        let mut run = Run::started_with(StartOptions {
            run_timeout: Some(secs(60)),
            ..StartOptions::default()
        });
        run.task(vec![
            child("terminate", ParentClosePolicy::Terminate),
            child("abandon", ParentClosePolicy::Abandon),
            child("cancel", ParentClosePolicy::RequestCancel),
        ]);
        for event_id in [5, 6, 7] {
            settle(&mut run, EventId::new(event_id), MessageOutcome::Delivered);
        }
        close(&mut run);
        let told: Vec<_> = run
            .messages
            .into_iter()
            .map(|message| (message.receiver.workflow_id.to_string(), message.content))
            .collect();
        let content = |policy| MessageContent::ParentClosed { policy };
        assert_eq!(
            told,
            [
                (
                    "cancel".to_owned(),
                    content(ParentClosePolicy::RequestCancel)
                ),
                (
                    "terminate".to_owned(),
                    content(ParentClosePolicy::Terminate)
                )
            ],
            "{how}"
        );
        assert_eq!(run.state.pending_children().count(), 0);
    }
}

#[test]
fn a_child_whose_start_is_on_its_way_is_told_of_the_close_after_it() {
    let mut run = parent();
    run.terminate();
    assert_eq!(run.messages, [], "the start is on its way");
    settle(&mut run, INITIATED, MessageOutcome::Delivered);
    let told = run.messages.clone();
    assert!(matches!(
        told[0].content,
        MessageContent::ParentClosed { .. }
    ));
    let id = told[0].id;
    run.decide(|draft| decide::settle_message(draft, id, MessageOutcome::Delivered));
    assert!(!run.state.has_messages());
}

#[test]
fn what_the_closing_task_asks_for_is_never_started() {
    let mut run = Run::started();
    run.task(vec![
        child("shipment", ParentClosePolicy::Abandon),
        child("other", ParentClosePolicy::Terminate),
        complete_run(),
    ]);
    assert_eq!(run.messages, []);
    assert!(!run.state.has_messages());
}

#[test]
fn a_parent_close_policy_is_for_children_of_that_run_alone() {
    let mut run = parent();
    settle(&mut run, INITIATED, MessageOutcome::Delivered);
    let mut child = born(&parent());
    run.terminate();
    let message = run.messages.pop().unwrap();
    let mut stranger = Run::absent();
    let mut start = super::script::start(StartOptions::default());
    start.execution.workflow_id = "shipment".into();
    stranger
        .decide(|draft| decide::start(draft, start))
        .unwrap();
    assert!(receive(&mut stranger, &message).is_err());
    receive(&mut child, &message).unwrap();
    assert_eq!(child.state.status(), ExecutionStatus::Terminated);
    let reason = child.find(|it| match it {
        E::WorkflowExecutionTerminated(it) => Some((it.reason.clone(), it.identity.clone())),
        _ => None,
    });
    assert_eq!(reason.0, "by parent close policy");
    assert_eq!(reason.1.as_str(), "history-service");
    receive(&mut child, &message).expect("one that has closed has nothing left to end");
}

#[test]
fn a_child_that_is_to_stop_with_its_parent_is_asked_once() {
    let mut run = Run::started();
    run.task(vec![child("shipment", ParentClosePolicy::RequestCancel)]);
    let mut child = born(&run);
    settle(&mut run, INITIATED, MessageOutcome::Delivered);
    run.terminate();
    let message = run.messages.pop().unwrap();
    receive(&mut child, &message).unwrap();
    receive(&mut child, &message).unwrap();
    let requested: Vec<_> = child
        .history()
        .attributes()
        .filter_map(|it| match it {
            E::WorkflowExecutionCancelRequested(it) => Some(it.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(requested.len(), 1);
    assert_eq!(requested[0].cause, "");
    assert_eq!(requested[0].external_initiated_event_id, EventId::NONE);
    let asked = requested[0].external_workflow_execution.as_deref();
    assert_eq!(asked, Some(&run.state.execution()));
}

#[test]
fn a_parent_that_has_closed_takes_the_end_of_a_child_and_changes_nothing() {
    let mut run = parent();
    let mut child = born(&run);
    run.terminate();
    let said = said_at_the_end(&mut child);
    let transitions = run.transitions.len();
    receive(&mut run, &said).unwrap();
    assert_eq!(run.transitions.len(), transitions);
}

#[test]
fn so_many_children_may_be_pending_and_no_more() {
    let mut run = Run::started();
    let limit = limits::PENDING_CHILDREN_MAX;
    let asks = |count: usize| -> Vec<Command> {
        let asks = (0..count).map(|it| child(&format!("kid {it}"), ParentClosePolicy::Abandon));
        asks.collect()
    };
    let failed = |outcome| match outcome {
        decide::WorkflowTaskOutcome::Failed { cause } => Some(cause),
        decide::WorkflowTaskOutcome::Completed => None,
    };
    let outcome = run.task(asks(limit + 1));
    assert_eq!(
        failed(outcome),
        Some(FailedCause::PendingChildWorkflowsLimitExceeded)
    );
    assert_eq!(failed(run.task(asks(limit))), None);
    run.signal("wake");
    assert_eq!(
        failed(run.task(asks(1))),
        Some(FailedCause::PendingChildWorkflowsLimitExceeded)
    );
}

#[test]
fn a_child_with_faulty_attributes_fails_the_task() {
    let faulty: [fn(&mut StartChildWorkflow); 5] = [
        |asked| asked.workflow_id = "".into(),
        |asked| asked.workflow_id = "x".repeat(limits::ID_BYTES_MAX + 1).as_str().into(),
        |asked| asked.input = super::script::bulky(limits::PAYLOAD_BYTES_MAX + 1),
        |asked| asked.cron_schedule = "never".into(),
        |asked| {
            asked.retry_policy = Some(RetryPolicy {
                backoff: 0.5,
                ..RetryPolicy::default()
            });
        },
    ];
    for spoil in faulty {
        let mut run = Run::started();
        let mut asked = StartChildWorkflow {
            workflow_id: "shipment".into(),
            workflow_type: "Shipment".into(),
            id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate,
            ..StartChildWorkflow::default()
        };
        spoil(&mut asked);
        let command = Command::StartChildWorkflowExecution(Box::new(asked));
        let outcome = run.task(vec![start_timer("1", 5), command]);
        assert_eq!(
            outcome,
            decide::WorkflowTaskOutcome::Failed {
                cause: FailedCause::BadStartChildExecutionAttributes
            }
        );
    }
}

#[test]
fn a_cancel_request_for_a_child_reaches_a_child_alone() {
    let request = |parent: &Run| Message {
        child_workflow_only: true,
        ..Message::new(
            MessageId {
                event_id: EventId::new(9),
                kind: MessageKind::RequestCancel,
            },
            parent.state.execution(),
            MessageContent::RequestCancel {
                reason: String::new(),
            },
        )
    };
    let run = parent();
    let mut child = born(&run);
    receive(&mut child, &request(&run)).unwrap();
    assert!(child.state.cancel_requested());
    let mut other = born(&run);
    let mut foreign = request(&run);
    foreign.parent_run_id = RunId::from_u128(9);
    foreign.sender = foreign.parent();
    assert!(
        receive(&mut other, &foreign).is_err(),
        "another run of the parent's id"
    );
}
