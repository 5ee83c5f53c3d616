//! Where histories wake the program, and which histories are none.

use expect_test::{Expect, expect};

use super::{journal::HistoryBuilder, script::Script};
use crate::{
    machine::replay::Replayer,
    model::{
        EventId, RunId,
        event::{
            workflow_execution as execution,
            workflow_task::{self, FailedCause},
        },
    },
};

/// Each activation in a line: the task it belongs to, whether it is replayed, and its jobs.
fn activations(events: &HistoryBuilder) -> String {
    let script = Script::new(vec![]);
    let told = script.told();
    let mut replayer = Replayer::new(Box::new(script));
    replayer.handle_history(&events.events).unwrap();
    let lines: Vec<String> = told
        .borrow()
        .iter()
        .map(|activation| {
            let jobs: Vec<String> = activation
                .jobs
                .iter()
                .map(|job| {
                    let text = format!("{job:?}");
                    text.split_whitespace().next().unwrap().to_owned()
                })
                .collect();
            let started = activation.started_event_id;
            format!("{started} {} {}", activation.now, jobs.join(" "))
        })
        .collect();
    lines.join("\n")
}

#[track_caller]
fn check(events: &HistoryBuilder, expected: &Expect) {
    expected.assert_eq(&activations(events));
}

#[test]
fn signals_before_the_first_task_belong_to_the_first_activation() {
    let mut events = HistoryBuilder::start(&());
    events.signal("a", &());
    events.request_cancel();
    events.task();
    events.completed_now();
    check(
        &events,
        &expect!["5 1970-01-01T00:00:05.000Z Initialize Signal Cancel"],
    );
}

#[test]
fn a_failed_or_timed_out_task_wakes_nobody() {
    let mut events = HistoryBuilder::start(&());
    let started_event_id = events.task();
    events.push(workflow_task::Failed {
        started_event_id,
        ..Default::default()
    });
    events.signal("a", &());
    events.task();
    events.push(workflow_task::TimedOut::default());
    events.task();
    events.completed_now();
    check(
        &events,
        &expect!["10 1970-01-01T00:00:10.000Z Initialize Signal"],
    );
}

#[test]
fn a_reset_makes_another_run_of_it_before_anything_else_is_told() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed_now();
    events.signal("a", &());
    let started_event_id = events.task();
    events.push(workflow_task::Failed {
        started_event_id,
        cause: FailedCause::ResetWorkflow,
        new_run_id: Some(RunId::from_u128(43)),
        ..Default::default()
    });
    events.signal("b", &());
    events.task();
    events.completed_now();
    check(
        &events,
        &expect![[r#"
            3 1970-01-01T00:00:03.000Z Initialize
            11 1970-01-01T00:00:11.000Z Reset Signal Signal"#]],
    );
}

#[test]
fn a_task_that_ended_unstarted_wakes_nobody() {
    let mut events = HistoryBuilder::start(&());
    events.push(workflow_task::Scheduled::default());
    events.push(workflow_task::TimedOut::default());
    events.push(workflow_task::Scheduled::default());
    events.push(workflow_task::Failed::default());
    events.task();
    events.completed_now();
    check(&events, &expect!["7 1970-01-01T00:00:07.000Z Initialize"]);
}

#[test]
fn a_task_that_brings_nothing_wakes_nobody() {
    let mut events = HistoryBuilder::start(&());
    for _ in 0..3 {
        events.task();
        events.completed_now();
    }
    events.signal("a", &());
    events.task();
    events.completed_now();
    check(
        &events,
        &expect![[r#"
        3 1970-01-01T00:00:03.000Z Initialize
        13 1970-01-01T00:00:13.000Z Signal"#]],
    );
}

#[test]
fn what_no_task_has_told_yet_is_kept() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed_now();
    events.signal("a", &());
    events.task();
    check(&events, &expect!["3 1970-01-01T00:00:03.000Z Initialize"]);
}

#[test]
fn a_run_can_be_terminated_during_a_task() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.push(execution::Terminated::default());
    check(&events, &expect![[""]]);
}

#[track_caller]
fn check_corrupt(events: &HistoryBuilder, expected: &Expect) {
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let failure = replayer
        .handle_history(&events.events)
        .expect_err("the history is corrupt");
    assert_eq!(failure.cause, FailedCause::WorkflowWorkerUnhandledFailure);
    expected.assert_eq(&failure.failure.to_string());
}

#[test]
fn histories_that_are_none() {
    let mut no_start = HistoryBuilder::default();
    no_start.task();
    check_corrupt(
        &no_start,
        &expect!["history is corrupt: it does not begin with WorkflowExecutionStarted event=1"],
    );

    let mut gap = HistoryBuilder::start(&());
    gap.task();
    gap.events[2].id = EventId::new(9);
    check_corrupt(
        &gap,
        &expect!["history is corrupt: event ids have a gap, expected=3 event=9"],
    );

    let mut twice = HistoryBuilder::start(&());
    twice.push(execution::Started::default());
    check_corrupt(
        &twice,
        &expect!["history is corrupt: it begins a second time event=2"],
    );

    let mut unstarted = HistoryBuilder::start(&());
    unstarted.completed_now();
    check_corrupt(
        &unstarted,
        &expect!["history is corrupt: it ends a workflow task that is not started event=2"],
    );

    let mut interrupted = HistoryBuilder::start(&());
    interrupted.task();
    interrupted.signal("a", &());
    check_corrupt(
        &interrupted,
        &expect!["history is corrupt: a workflow task is started and this does not end it event=4"],
    );

    let mut closed = HistoryBuilder::start(&());
    closed.push(execution::Terminated::default());
    closed.signal("a", &());
    check_corrupt(
        &closed,
        &expect!["history is corrupt: it goes on after the run has closed event=3"],
    );
}
