//! Every way in which a program can differ from its history, and what the report says.

use expect_test::{Expect, expect};

use super::{
    journal::HistoryBuilder,
    script::{Script, cancel_activity, cancel_timer, complete, schedule, start_timer},
};
use crate::{
    machine::replay::{NONDETERMINISM_CODE, ProgramCommand, Replayer},
    model::{
        Command, EventId, Payloads, ScheduleActivityTask,
        event::{activity_task, timer, workflow_task::FailedCause},
    },
};

fn activity_command(id: &str, activity_type: &str) -> Command {
    Command::ScheduleActivityTask(ScheduleActivityTask {
        activity_id: id.into(),
        activity_type: activity_type.into(),
        ..Default::default()
    })
}

fn timer_command(id: &str) -> Command {
    Command::StartTimer {
        user_metadata: None,
        timer_id: id.into(),
        start_to_fire_timeout: std::time::Duration::from_secs(1),
    }
}

/// A history whose first workflow task asked for this.
fn recorded(commands: &[Command]) -> HistoryBuilder {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed_now();
    for command in commands {
        events.command(command);
    }
    events
}

#[track_caller]
fn check(steps: Vec<Vec<ProgramCommand>>, events: &HistoryBuilder, expected: &Expect) {
    let mut replayer = Replayer::new(Box::new(Script::new(steps)));
    let failure = replayer
        .handle_history(&events.events)
        .expect_err("the program does not match");
    assert_eq!(failure.cause, FailedCause::NonDeterministicError);
    let message = failure.failure.to_string();
    assert!(message.starts_with(&format!("[{NONDETERMINISM_CODE}]")));
    expected.assert_eq(&message);
    assert_eq!(replayer.handle_history(&[]), Err(failure), "it stays so");
}

#[test]
fn a_command_event_without_command() {
    let events = recorded(&[
        activity_command("1", "charge"),
        activity_command("2", "ship"),
    ]);
    check(
        vec![vec![schedule(1, "charge")]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 6 ActivityTaskScheduled activity_id=2 activity_type=ship
            + attempted: nothing more
              likely cause: a call was removed from the code, or moved behind a wait, or the code depends on something that replay cannot repeat
              remedy: put the call back where it was, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn another_kind_of_command() {
    let events = recorded(&[activity_command("1", "charge")]);
    check(
        vec![vec![start_timer(1)]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 5 ActivityTaskScheduled activity_id=1 activity_type=charge
            + attempted: command 1 StartTimer timer_id=1
              likely cause: calls were added, removed or put in another order, or the code depends on something that replay cannot repeat
              remedy: put the calls back into their recorded order, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn another_activity_type() {
    let events = recorded(&[timer_command("1"), activity_command("1", "charge")]);
    let steps = vec![vec![start_timer(1), schedule(1, "refund")]];
    check(
        steps,
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 6 ActivityTaskScheduled activity_id=1 activity_type=charge
            + attempted: command 2 ScheduleActivityTask activity_id=1 activity_type=refund
              differs:   activity_type charge -> refund
              likely cause: the call at this point is of another type, or has another id, or the code depends on something that replay cannot repeat
              remedy: give the call its recorded type and id; an activity that was renamed keeps its type with `name = "…"`, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn another_activity_id() {
    let events = recorded(&[activity_command("card", "charge")]);
    check(
        vec![vec![schedule(1, "charge")]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 5 ActivityTaskScheduled activity_id=card activity_type=charge
            + attempted: command 1 ScheduleActivityTask activity_id=1 activity_type=charge
              differs:   activity_id card -> 1
              likely cause: the call at this point is of another type, or has another id, or the code depends on something that replay cannot repeat
              remedy: give the call its recorded type and id; an activity that was renamed keeps its type with `name = "…"`, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn another_timer_id() {
    let events = recorded(&[timer_command("2")]);
    check(
        vec![vec![start_timer(1)]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 5 TimerStarted timer_id=2
            + attempted: command 1 StartTimer timer_id=1
              differs:   timer_id 2 -> 1
              likely cause: the call at this point is of another type, or has another id, or the code depends on something that replay cannot repeat
              remedy: give the call its recorded type and id; an activity that was renamed keeps its type with `name = "…"`, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn another_way_to_close() {
    let events = recorded(&[Command::CancelWorkflowExecution {
        details: Payloads::EMPTY,
    }]);
    check(
        vec![vec![complete()]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 5 WorkflowExecutionCanceled
            + attempted: command 1 CompleteWorkflowExecution
              likely cause: calls were added, removed or put in another order, or the code depends on something that replay cannot repeat
              remedy: put the calls back into their recorded order, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn the_cancellation_of_another_activity() {
    let mut events = recorded(&[
        activity_command("1", "charge"),
        activity_command("2", "ship"),
    ]);
    events.signal("stop", &());
    events.task();
    events.completed_now();
    events.command(&Command::RequestCancelActivityTask {
        scheduled_event_id: EventId::new(6),
    });
    let steps = vec![
        vec![schedule(1, "charge"), schedule(2, "ship")],
        vec![cancel_activity(1)],
    ];
    check(
        steps,
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 11 ActivityTaskCancelRequested scheduled_event_id=6
            + attempted: command 1 RequestCancelActivityTask scheduled_event_id=5
              differs:   scheduled_event_id 6 -> 5
              likely cause: the call at this point is of another type, or has another id, or the code depends on something that replay cannot repeat
              remedy: give the call its recorded type and id; an activity that was renamed keeps its type with `name = "…"`, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn a_history_that_goes_on_after_the_program_returned() {
    let mut events = recorded(&[]);
    events.signal("more", &());
    events.task();
    check(
        vec![vec![complete()]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 6 WorkflowTaskScheduled
            + attempted: command 1 CompleteWorkflowExecution
              likely cause: the code returns earlier than it did, or the code depends on something that replay cannot repeat
              remedy: let the code wait for what it waited for, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn the_end_of_an_activity_nobody_asked_for() {
    let mut events = recorded(&[]);
    events.push(activity_task::Completed {
        scheduled_event_id: EventId::new(3),
        ..Default::default()
    });
    check(
        vec![],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 5 ActivityTaskCompleted scheduled_event_id=3
            + attempted: nothing more
              likely cause: the history is of another run, or was altered
              remedy: replay the history as its own run wrote it"#]],
    );
}

#[test]
fn the_firing_of_a_timer_under_another_id() {
    let mut events = recorded(&[timer_command("1")]);
    events.push(timer::Fired {
        timer_id: "7".into(),
        started_event_id: EventId::new(5),
    });
    check(
        vec![vec![start_timer(1)]],
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 6 TimerFired timer_id=7 started_event_id=5
            + attempted: nothing more
              likely cause: the history is of another run, or was altered
              remedy: replay the history as its own run wrote it"#]],
    );
}

#[test]
fn the_end_of_an_activity_whose_cancellation_was_not_recorded() {
    let mut events = recorded(&[activity_command("1", "charge")]);
    events.signal("stop", &());
    events.task();
    events.completed_now();
    events.complete_activity("1", &());
    let steps = vec![vec![schedule(1, "charge")], vec![cancel_activity(1)]];
    check(
        steps,
        &events,
        &expect![[r#"
            [TMPRL1100] workflow code does not match its history
            - recorded:  event 11 ActivityTaskCompleted scheduled_event_id=5
            + attempted: command 1 RequestCancelActivityTask scheduled_event_id=5
              likely cause: a call or a cancellation was added to the code, or moved in front of a wait, or the code depends on something that replay cannot repeat
              remedy: take the call out again, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own"#]],
    );
}

#[test]
fn inputs_and_timeouts_are_not_compared() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed_now();
    events.push(activity_task::Scheduled {
        activity_id: "1".into(),
        activity_type: "charge".into(),
        task_queue: "elsewhere".into(),
        input: Payloads::encode("other").unwrap(),
        heartbeat_timeout: std::time::Duration::from_secs(9),
        ..Default::default()
    });
    events.push(timer::Started {
        timer_id: "1".into(),
        start_to_fire_timeout: std::time::Duration::from_secs(9),
        ..Default::default()
    });
    let steps = vec![vec![schedule(1, "charge"), start_timer(1)]];
    let mut replayer = Replayer::new(Box::new(Script::new(steps)));
    assert_eq!(replayer.handle_history(&events.events), Ok(()));
}

#[test]
fn a_timer_given_up_before_history_has_it_appears_on_neither_side() {
    let mut events = recorded(&[]);
    events.signal("stop", &());
    events.task();
    events.completed_now();
    events.command(&activity_command("1", "charge"));
    let steps = vec![
        vec![start_timer(1)],
        vec![cancel_timer(1), schedule(1, "charge")],
    ];
    let mut replayer = Replayer::new(Box::new(Script::new(steps)));
    assert_eq!(replayer.handle_history(&events.events), Ok(()));
}
