//! Reset: what becomes of what was under way (2.8).

use crate::{
    machine::execution::{
        Message, MessageContent, MessageOutcome, decide,
        tests::{
            reset::{NEW, id, reset, reset_under},
            script::{
                RUN, Run, activity, cancel_activity, complete_run, declined, secs, start_timer,
            },
        },
    },
    model::{
        Command, EventAttributes as E, EventType, ExecutionStatus, MessageId, MessageKind,
        ParentClosePolicy, Reapplied, ResetPoint, RunId, SignalExternalWorkflow,
        StartChildWorkflow, StartOptions, WorkflowExecution, transition::Origin,
    },
};

const NEWER: RunId = RunId::from_u128(44);

#[test]
fn activities_that_were_not_over_begin_anew() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("1"));
    let attempt = run.start_activity(scheduled);
    run.heartbeat(scheduled, attempt, "half").unwrap();
    run.fail_activity(scheduled, attempt, declined()).unwrap();
    run.signal("go");
    run.task(vec![]);
    run.wait(secs(100));
    let mut next = reset(&mut run, &ResetPoint::LastTask);
    let pending = next.state.pending_activity(scheduled).unwrap();
    assert_eq!(pending.attempt, 1);
    assert_eq!(pending.last_failure, None);
    assert!(pending.heartbeat_details.is_empty());
    assert_eq!(pending.scheduled_at.at, next.now);
    assert_eq!(next.start_activity(scheduled), 1);
    next.complete_activity(scheduled, 1).unwrap();
}

#[test]
fn an_activity_that_was_asked_to_stop_is_canceled_because_nobody_runs_it() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("1"));
    run.start_activity(scheduled);
    run.signal("go");
    run.task(vec![cancel_activity(scheduled)]);
    run.signal("go on");
    run.task(vec![]);
    let next = reset(&mut run, &ResetPoint::LastTask);
    assert!(next.state.pending_activity(scheduled).is_none());
    let canceled = next.find(|it| match it {
        E::ActivityTaskCanceled(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(canceled.scheduled_event_id, scheduled);
}

#[test]
fn timers_go_on_and_the_time_of_the_run_begins_anew() {
    let mut run = Run::started_with(StartOptions {
        run_timeout: Some(secs(1_000)),
        execution_timeout: Some(secs(3_000)),
        ..StartOptions::default()
    });
    let start = run.now;
    run.task(vec![start_timer("t", 600)]);
    run.wait(secs(500));
    run.signal("go");
    run.task(vec![]);
    let next = reset(&mut run, &ResetPoint::LastTask);
    let timer = next.state.pending_timers().next().unwrap();
    assert_eq!(timer.fires_at(), start.after(secs(600)));
    assert_eq!(next.state.run_deadline(), Some(start.after(secs(1_500))));
    assert_eq!(next.state.next_deadline(), Some(start.after(secs(600))));
}

#[test]
fn the_time_of_the_execution_begins_anew() {
    let mut run = Run::started_with(StartOptions {
        execution_timeout: Some(secs(1_000)),
        ..StartOptions::default()
    });
    run.task(vec![]);
    run.pass(secs(1_001));
    assert_eq!(run.state.status(), ExecutionStatus::TimedOut);
    let next = reset(&mut run, &ResetPoint::FirstTask);
    assert_eq!(next.state.run_deadline(), Some(next.now.after(secs(1_000))));
}

#[test]
fn timers_of_a_copy_follow_the_clock() {
    let mut run = Run::started();
    run.task(vec![start_timer("t", 600)]);
    run.signal("go");
    run.task(vec![]);
    let mut next = reset(&mut run, &ResetPoint::LastTask);
    let before = next.state.next_deadline().unwrap();
    next.put_back(secs(100));
    assert_eq!(next.state.next_deadline(), Some(before.before(secs(100))));
}

fn child(workflow_id: &str, policy: ParentClosePolicy) -> Command {
    Command::StartChildWorkflowExecution(Box::new(StartChildWorkflow {
        workflow_id: workflow_id.into(),
        workflow_type: "Shipment".into(),
        parent_close_policy: policy,
        ..StartChildWorkflow::default()
    }))
}

fn of(kind: MessageKind, event: u64) -> MessageId {
    MessageId {
        event_id: id(event),
        kind,
    }
}

/// A run that has asked for a child before its second task, and for another one in it.
fn parent(answered: bool) -> Run {
    let mut run = Run::started();
    run.task(vec![child("one", ParentClosePolicy::Terminate)]);
    if answered {
        let start = of(MessageKind::StartChild, 5);
        run.decide(|draft| decide::settle_message(draft, start, MessageOutcome::Delivered));
    } else {
        run.signal("go");
    }
    run.task(vec![child("two", ParentClosePolicy::Terminate)]);
    run.signal("go on");
    run.task(vec![]);
    run
}

#[test]
fn children_from_before_the_point_are_let_be_and_later_ones_are_told() {
    let mut run = parent(true);
    let next = reset(&mut run, &ResetPoint::Event(id(9)));
    let told: Vec<_> = run.state.first_messages().map(|it| it.id.kind).collect();
    // The start of the second child is not answered yet, so it is told of the end after that.
    assert_eq!(told, [MessageKind::StartChild]);
    assert!(
        run.state
            .message(of(MessageKind::ParentClosed, 5))
            .is_none()
    );
    assert!(
        run.state
            .message(of(MessageKind::ParentClosed, 10))
            .is_some()
    );
    let children = next.state.pending_children();
    let children: Vec<_> = children.map(|it| it.initiated_event_id).collect();
    assert_eq!(children, [id(5)]);
    assert_eq!(run.state.reset_with_child(id(5)), Some(NEW));
    assert_eq!(run.state.reset_with_child(id(10)), None);
}

#[test]
fn the_close_of_the_new_run_does_not_reach_children_from_before() {
    let mut run = parent(true);
    let mut next = reset(&mut run, &ResetPoint::Event(id(9)));
    next.terminate();
    assert!(!next.state.has_messages());
}

#[test]
fn a_child_whose_start_was_not_answered_is_asked_for_under_the_same_name() {
    let mut run = parent(false);
    let name = of(MessageKind::StartChild, 5);
    let first = run.state.message(name).unwrap().clone();
    let next = reset(&mut run, &ResetPoint::Event(id(9)));
    let second = next.state.message(name).unwrap();
    assert_eq!(next.messages.first(), Some(second), "it leaves at once");
    assert_eq!(second.receiver, first.receiver);
    assert_eq!(second.request_id(), first.request_id());
    let (
        MessageContent::StartChild { parent: one, .. },
        MessageContent::StartChild { parent: two, .. },
    ) = (&first.content, &second.content)
    else {
        panic!("both start it");
    };
    assert_eq!(one, two);
    assert_ne!(first.sender, second.sender, "each has its answer");
}

#[test]
fn what_children_and_others_have_answered_later_is_taken_along() {
    let mut run = Run::started();
    run.task(vec![child("one", ParentClosePolicy::Terminate), to_other()]);
    run.signal("go");
    run.task(vec![child("two", ParentClosePolicy::Terminate)]);
    run.decide(|draft| {
        let start = of(MessageKind::StartChild, 5);
        decide::settle_message(draft, start, MessageOutcome::Delivered);
        let signal = of(MessageKind::Signal, 6);
        decide::settle_message(draft, signal, MessageOutcome::NotFound);
        let start = of(MessageKind::StartChild, 11);
        decide::settle_message(draft, start, MessageOutcome::Delivered);
    });
    let ended = end_of_child(&run, 5);
    run.decide(|draft| decide::receive_message(draft, &ended))
        .unwrap();
    let next = reset(&mut run, &ResetPoint::Event(id(10)));
    assert_eq!(
        next.since(10),
        [
            EventType::WorkflowExecutionSignaled,
            EventType::ChildWorkflowExecutionStarted,
            EventType::SignalExternalWorkflowExecutionFailed,
            EventType::ChildWorkflowExecutionCompleted,
            EventType::WorkflowTaskScheduled,
        ][1..]
    );
    let completed = next.find(|it| match it {
        E::ChildWorkflowExecutionCompleted(it) => Some(it.started_event_id),
        _ => None,
    });
    assert_eq!(completed, id(11), "it names the start in this history");
    assert_eq!(next.state.pending_children().count(), 0);
    assert!(!next.state.has_messages());
}

fn to_other() -> Command {
    Command::SignalExternalWorkflowExecution(SignalExternalWorkflow {
        workflow_execution: WorkflowExecution {
            workflow_id: "other".into(),
            run_id: RunId::default(),
        },
        signal_name: "hello".into(),
        ..SignalExternalWorkflow::default()
    })
}

/// What a child says that has completed.
fn end_of_child(parent: &Run, initiated: u64) -> Message {
    let pending = parent.state.pending_child(id(initiated)).unwrap();
    let close = crate::model::event::workflow_execution::Completed::default();
    let message = Message::new(
        of(MessageKind::ChildClosed, 99),
        pending.execution.clone(),
        MessageContent::ChildClosed {
            initiated_event_id: id(initiated),
            close: Box::new(close.into()),
        },
    );
    Message {
        receiver: parent.state.execution(),
        ..message
    }
}

#[test]
fn the_end_of_a_child_that_another_run_has_asked_for_is_not_taken() {
    let mut run = parent(true);
    let mut next = reset(&mut run, &ResetPoint::Event(id(9)));
    let mut ended = end_of_child(&next, 5);
    let receiver = |run_id| WorkflowExecution {
        run_id,
        ..next.state.execution()
    };
    let (strange, base) = (receiver(NEWER), receiver(RUN));
    ended.receiver = strange;
    next.decide(|draft| decide::receive_message(draft, &ended))
        .unwrap();
    assert!(next.state.pending_child(id(5)).is_some());
    ended.receiver = base;
    next.decide(|draft| decide::receive_message(draft, &ended))
        .unwrap();
    assert!(next.state.pending_child(id(5)).is_none());
}

#[test]
fn a_run_that_is_reset_twice_says_things_under_the_name_of_the_first() {
    let mut run = parent(false);
    let mut next = reset(&mut run, &ResetPoint::Event(id(9)));
    next.task(vec![child("three", ParentClosePolicy::Terminate)]);
    next.signal("go");
    next.task(vec![]);
    let last = next.state.last_event_id();
    assert_eq!(
        next.state.origins_up_to(last),
        [
            Origin {
                run_id: RUN,
                last_event_id: id(8)
            },
            Origin {
                run_id: NEW,
                last_event_id: last
            }
        ]
    );
    let mut newer = reset_under(
        &mut next,
        NEWER,
        &ResetPoint::LastTask,
        Reapplied::default(),
    );
    let origin = |event| newer.state.message(of(MessageKind::StartChild, event));
    let own = next.state.pending_children().count();
    assert_eq!(own, 0, "it has closed");
    assert_eq!(origin(5).unwrap().origin, RUN);
    let later = newer.state.pending_children().last().unwrap();
    assert_eq!(origin(later.initiated_event_id.get()).unwrap().origin, NEW);
    let newest = reset_under(
        &mut newer,
        RunId::from_u128(45),
        &ResetPoint::FirstTask,
        Reapplied::default(),
    );
    assert_eq!(
        newest.state.origins_up_to(id(3)),
        [Origin {
            run_id: RUN,
            last_event_id: id(3)
        }]
    );
}

#[test]
fn parent_and_schedule_are_told_of_the_end_of_the_new_run_alone() {
    let mut parent = Run::started();
    parent.task(vec![child("one", ParentClosePolicy::Abandon)]);
    let message = parent.state.message(of(MessageKind::StartChild, 5));
    let start = decide::Start::of_child(message.unwrap()).unwrap();
    let mut run = Run::absent_under(start.execution.run_id);
    run.decide(|draft| decide::start(draft, start)).unwrap();
    run.task(vec![]);
    let mut next = reset(&mut run, &ResetPoint::FirstTask);
    assert!(!run.state.has_messages());
    next.task(vec![complete_run()]);
    let told: Vec<_> = next.state.first_messages().map(|it| it.id.kind).collect();
    assert_eq!(told, [MessageKind::ChildClosed]);
    let message = next.messages.pop().unwrap();
    parent
        .decide(|draft| decide::receive_message(draft, &message))
        .unwrap();
    assert_eq!(parent.state.pending_children().count(), 0);
}
