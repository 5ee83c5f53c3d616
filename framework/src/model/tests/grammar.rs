//! The grammar of histories, rule by rule.

use crate::model::{
    EventAttributes, EventId, GrammarRule, History, HistoryEvent, Timestamp,
    event::{foreign, timer, workflow_execution as execution, workflow_task as task},
};

fn started() -> EventAttributes {
    execution::Started::default().into()
}

fn signaled() -> EventAttributes {
    execution::Signaled::default().into()
}

fn terminated() -> EventAttributes {
    execution::Terminated::default().into()
}

fn task_scheduled() -> EventAttributes {
    task::Scheduled::default().into()
}

fn task_started(scheduled: u64) -> EventAttributes {
    task::Started {
        scheduled_event_id: EventId::new(scheduled),
        ..task::Started::default()
    }
    .into()
}

fn task_completed(scheduled: u64, started: u64) -> EventAttributes {
    task::Completed {
        scheduled_event_id: EventId::new(scheduled),
        started_event_id: EventId::new(started),
        ..task::Completed::default()
    }
    .into()
}

fn timer_started(completed: u64) -> EventAttributes {
    timer::Started {
        workflow_task_completed_event_id: EventId::new(completed),
        ..timer::Started::default()
    }
    .into()
}

fn history(attributes: Vec<EventAttributes>) -> History {
    let events = (1..).zip(attributes).map(|(id, attributes)| HistoryEvent {
        id: EventId::new(id),
        time: Timestamp::EPOCH,
        attributes,
    });
    History {
        events: events.collect(),
        ..History::default()
    }
}

/// The first workflow task, completed as event 4.
fn task() -> Vec<EventAttributes> {
    vec![
        started(),
        task_scheduled(),
        task_started(2),
        task_completed(2, 3),
    ]
}

#[track_caller]
fn check(attributes: Vec<EventAttributes>, event_id: u64, rule: GrammarRule) {
    let violation = history(attributes)
        .check_grammar()
        .expect_err("a violation");
    assert_eq!(
        (violation.event_id, violation.rule),
        (EventId::new(event_id), rule)
    );
}

#[test]
fn a_grammatical_history_passes_at_every_length() {
    let mut attributes = task();
    attributes.extend([
        timer_started(4),
        timer_started(4),
        signaled(),
        task_scheduled(),
        signaled(),
        terminated(),
    ]);
    for length in 0..=attributes.len() {
        let prefix = history(attributes[..length].to_vec());
        assert_eq!(prefix.check_grammar(), Ok(()));
    }
}

#[test]
fn ids_are_contiguous_from_1() {
    let mut history = history(task());
    history.events.remove(1);
    let violation = history.check_grammar().expect_err("a violation");
    assert_eq!(
        violation.to_string(),
        "event ids are contiguous from 1 event_id=3 event_type=WorkflowTaskStarted"
    );
}

#[test]
fn the_first_event_and_no_other_is_workflow_execution_started() {
    check(vec![signaled()], 1, GrammarRule::StartedFirst);
    check(vec![started(), started()], 2, GrammarRule::StartedFirst);
}

#[test]
fn a_workflow_task_is_scheduled_then_started_then_ends() {
    let rule = GrammarRule::WorkflowTaskOrder;
    check(vec![started(), task_started(1)], 2, rule);
    check(vec![started(), task_completed(0, 0)], 2, rule);
    check(vec![started(), task_scheduled(), task_scheduled()], 3, rule);
    check(vec![started(), task_scheduled(), task_started(1)], 3, rule);
    let mut twice = task();
    twice.push(task_completed(2, 3));
    check(twice, 5, rule);
}

#[test]
fn a_workflow_task_that_never_started_may_fail_or_time_out() {
    let unstarted = task::TimedOut {
        scheduled_event_id: EventId::new(2),
        ..Default::default()
    };
    let ended = vec![started(), task_scheduled(), unstarted.clone().into()];
    assert_eq!(history(ended).check_grammar(), Ok(()));
    check(
        vec![started(), task_scheduled(), task_completed(2, 0)],
        3,
        GrammarRule::WorkflowTaskOrder,
    );
    check(
        vec![
            started(),
            task_scheduled(),
            task_started(2),
            unstarted.into(),
        ],
        4,
        GrammarRule::WorkflowTaskOrder,
    );
}

#[test]
fn nothing_is_recorded_while_a_workflow_task_runs() {
    let rule = GrammarRule::UninterruptedWorkflowTask;
    let running = || vec![started(), task_scheduled(), task_started(2)];
    for attributes in [signaled(), terminated(), timer_started(3)] {
        let mut events = running();
        events.push(attributes);
        check(events, 4, rule);
    }
}

#[test]
fn command_events_come_immediately_after_workflow_task_completed_and_name_it() {
    let mut late = task();
    late.extend([signaled(), timer_started(4)]);
    check(late, 6, GrammarRule::CommandEventPlace);
    let mut foreign = task();
    foreign.push(timer_started(3));
    check(foreign, 5, GrammarRule::CommandEventReference);
}

#[test]
fn nothing_is_recorded_after_the_close_of_the_run() {
    let events = vec![started(), terminated(), signaled()];
    check(events, 3, GrammarRule::ClosedLast);
}

fn foreign(completed: Option<u64>, closes_the_run: bool) -> EventAttributes {
    foreign::Foreign {
        workflow_task_completed_event_id: completed.map(EventId::new),
        closes_the_run,
        ..foreign::Foreign::default()
    }
    .into()
}

#[test]
fn an_event_without_a_model_obeys_the_grammar_like_any_other() {
    let with = |more: Vec<EventAttributes>| [task(), more].concat();
    let fine = with(vec![
        foreign(Some(4), false),
        timer_started(4),
        foreign(None, false),
    ]);
    assert_eq!(history(fine).check_grammar(), Ok(()));
    let late = with(vec![foreign(None, false), foreign(Some(4), false)]);
    check(late, 6, GrammarRule::CommandEventPlace);
    let astray = with(vec![foreign(Some(3), false)]);
    check(astray, 5, GrammarRule::CommandEventReference);
    let after_close = with(vec![foreign(Some(4), true), signaled()]);
    check(after_close, 6, GrammarRule::ClosedLast);
}
