//! What happens while a workflow task runs elsewhere (2.1).

use crate::{
    machine::execution::{
        decide::WorkflowTaskOutcome,
        tests::script::{
            Run, activity, cancel_activity, cancel_timer, complete_run, schedule, secs, start_timer,
        },
    },
    model::{EventAttributes, EventId, EventType, event::workflow_task::FailedCause, limits},
};

/// A run with an activity whose first attempt runs, a timer of 5 s, and a started workflow task.
fn busy() -> (Run, EventId) {
    let mut run = Run::started();
    run.task(vec![schedule(activity("a")), start_timer("t", 5)]);
    let scheduled = EventId::new(5);
    run.start_activity(scheduled);
    run.signal("go");
    run.start_task();
    (run, scheduled)
}

#[test]
fn asynchronous_events_wait_and_activity_ends_go_last() {
    let (mut run, scheduled) = busy();
    let mark = run.mark();
    run.complete_activity(scheduled, 1)
        .expect("a running attempt");
    run.pass(secs(5));
    run.signal("late");
    assert_eq!(run.since(mark), []);
    assert_eq!(run.state.buffered_event_count(), 4);
    run.complete_task(vec![start_timer("u", 7)]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::TimerStarted,
            EventType::ActivityTaskStarted,
            EventType::TimerFired,
            EventType::WorkflowExecutionSignaled,
            EventType::ActivityTaskCompleted,
            EventType::WorkflowTaskScheduled,
        ]
    );
}

#[test]
fn the_end_of_a_buffered_activity_learns_the_id_of_its_start() {
    let (mut run, scheduled) = busy();
    run.complete_activity(scheduled, 1)
        .expect("a running attempt");
    run.complete_task(vec![]);
    let events = &run.history().events;
    let started = EventType::ActivityTaskStarted;
    let started = events.iter().find(|event| event.event_type() == started);
    let started = started.expect("ActivityTaskStarted").id;
    let completed = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskCompleted(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(completed.started_event_id, started);
    assert_eq!(completed.scheduled_event_id, scheduled);
}

#[test]
fn buffered_events_keep_the_time_they_happened_at() {
    let (mut run, _) = busy();
    run.wait(secs(1));
    let happened = run.now;
    run.signal("late");
    run.wait(secs(2));
    run.complete_task(vec![]);
    let events = &run.history().events;
    let signaled = EventType::WorkflowExecutionSignaled;
    let mut events = events.iter().rev();
    let event = events.find(|event| event.event_type() == signaled);
    assert_eq!(event.expect("the signal").time, happened);
}

#[test]
fn unhandled_command_fails_the_task_so_that_the_program_sees_what_is_new() {
    let (mut run, _) = busy();
    let mark = run.mark();
    run.signal("late");
    let outcome = run.complete_task(vec![complete_run()]);
    let cause = FailedCause::UnhandledCommand;
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskFailed,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled,
        ]
    );
    assert_eq!(run.task_attempt(), 1);
    assert_eq!(
        run.task(vec![complete_run()]),
        WorkflowTaskOutcome::Completed
    );
}

#[test]
fn canceling_the_timer_whose_firing_alone_is_buffered_lets_the_run_close() {
    let (mut run, _) = busy();
    let mark = run.mark();
    run.pass(secs(5));
    assert_eq!(run.state.buffered_event_count(), 1);
    let outcome = run.complete_task(vec![cancel_timer("t"), complete_run()]);
    assert_eq!(outcome, WorkflowTaskOutcome::Completed);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::TimerCanceled,
            EventType::WorkflowExecutionCompleted,
        ]
    );
}

#[test]
fn a_buffered_firing_is_removed_when_its_timer_is_canceled() {
    let (mut run, _) = busy();
    let mark = run.mark();
    run.pass(secs(5));
    run.signal("late");
    // The id is free for another timer in the same task.
    let commands = vec![cancel_timer("t"), start_timer("t", 9)];
    run.complete_task(commands);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::TimerCanceled,
            EventType::TimerStarted,
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled,
        ]
    );
    assert_eq!(run.state.pending_timers().count(), 1);
    run.task(vec![]);
    let mark = run.mark();
    run.pass(secs(9));
    assert_eq!(run.since(mark)[0], EventType::TimerFired);
}

#[test]
fn a_restarted_timer_and_the_buffered_firing_of_its_predecessor_are_not_confused() {
    let (mut run, _) = busy();
    let mark = run.mark();
    run.pass(secs(5));
    run.complete_task(vec![start_timer("t", 9), cancel_timer("t")]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::TimerStarted,
            EventType::TimerCanceled,
            EventType::TimerFired,
            EventType::WorkflowTaskScheduled,
        ]
    );
}

#[test]
fn too_many_buffered_events_end_the_workflow_task() {
    let mut run = Run::started();
    run.start_task();
    let mark = run.mark();
    for _ in 0..limits::BUFFERED_EVENTS_MAX {
        run.signal("more");
    }
    assert_eq!(run.since(mark), []);
    run.signal("one too many");
    let failed = run.find(|attributes| match attributes {
        EventAttributes::WorkflowTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(failed.cause, FailedCause::ForceCloseCommand);
    assert_eq!(run.state.buffered_event_count(), 0);
    assert_eq!(run.state.signal_count(), limits::BUFFERED_EVENTS_MAX + 1);
    assert!(run.state.workflow_task_is_startable(run.now));
}

#[test]
fn cancellation_of_an_activity_whose_end_is_buffered_is_recorded_and_does_nothing() {
    let (mut run, scheduled) = busy();
    run.complete_activity(scheduled, 1)
        .expect("a running attempt");
    let mark = run.mark();
    let outcome = run.complete_task(vec![cancel_activity(scheduled)]);
    assert_eq!(outcome, WorkflowTaskOutcome::Completed);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskCompleted,
            EventType::ActivityTaskCancelRequested,
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskCompleted,
            EventType::WorkflowTaskScheduled,
        ]
    );
    assert!(run.effects.is_empty());
}
