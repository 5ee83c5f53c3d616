//! Messages to activities: markers that every attempt is told of.

use crate::{
    machine::execution::{
        Effect,
        decide::WorkflowTaskOutcome,
        tests::script::{Run, activity, bulky, complete_run, declined, payloads, schedule, secs},
    },
    model::{
        Command, Control, EventAttributes, EventId, Payloads, event::workflow_task::FailedCause,
        limits,
    },
};

fn control(activity_id: &str, message: Payloads) -> Command {
    let control = Control {
        activity_id: activity_id.into(),
        message,
    };
    Command::RecordMarker(control.into_marker())
}

/// What running attempts are told: the message, and how many came before it.
fn told(run: &Run) -> Vec<(usize, Payloads)> {
    let told = run.effects.iter().filter_map(|effect| match effect {
        Effect::ControlActivity {
            position, message, ..
        } => Some((*position, message.clone())),
        _ => None,
    });
    told.collect()
}

/// What an attempt is told when it starts.
fn told_at_start(run: &Run) -> Vec<Payloads> {
    let task = run.effects.iter().find_map(|effect| match effect {
        Effect::RunActivity(task) => Some(task.controls.clone()),
        _ => None,
    });
    task.expect("an attempt starts")
}

fn scheduled_event(run: &Run) -> EventId {
    run.state
        .pending_activities()
        .next()
        .unwrap()
        .scheduled_event_id
}

#[test]
fn an_attempt_is_told_what_came_before_it_and_then_each_message() {
    let mut run = Run::started();
    run.task(vec![
        schedule(activity("a")),
        control("a", payloads("one")),
        control("a", payloads("two")),
    ]);
    assert_eq!(told(&run), [], "nothing runs");
    let scheduled = scheduled_event(&run);
    run.start_activity(scheduled);
    assert_eq!(told_at_start(&run), [payloads("one"), payloads("two")]);
    run.signal("go on");
    run.task(vec![control("a", payloads("three"))]);
    assert_eq!(told(&run), [(2, payloads("three"))]);
    run.fail_activity(scheduled, 1, declined()).unwrap();
    run.pass(secs(10));
    run.start_activity(scheduled);
    assert_eq!(told_at_start(&run).len(), 3, "each attempt is told all");
}

#[test]
fn a_message_to_an_activity_that_has_ended_is_recorded_and_has_no_effect() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    run.signal("go on");
    run.start_task();
    run.complete_activity(scheduled, 1).unwrap();
    let outcome = run.complete_task(vec![control("a", payloads("late"))]);
    assert_eq!(outcome, WorkflowTaskOutcome::Completed);
    assert_eq!(told(&run), []);
    run.find(|attributes| match attributes {
        EventAttributes::MarkerRecorded(_) => Some(()),
        _ => None,
    });
    run.signal("go on");
    run.task(vec![control("nobody", payloads("?")), complete_run()]);
    assert!(!run.state.status().is_open());
}

#[test]
fn too_many_messages_and_too_many_bytes_fail_the_workflow_task() {
    let failed = WorkflowTaskOutcome::Failed {
        cause: FailedCause::BadRecordMarkerAttributes,
    };
    let most = limits::CONTROLS_MAX;
    let mut run = Run::started();
    run.schedule(activity("a"));
    let mut send = |count: usize, bytes: usize| {
        run.signal("more");
        run.task(vec![control("a", bulky(bytes)); count])
    };
    assert_eq!(send(most - 1, 10), WorkflowTaskOutcome::Completed);
    assert_eq!(send(2, 10), failed);
    assert_eq!(send(1, limits::CONTROLS_BYTES_MAX - 100), failed);
    assert_eq!(send(1, 10), WorkflowTaskOutcome::Completed);
    assert_eq!(send(1, 10), failed);
}
