//! Whether the answer to a workflow task is the one its history holds.

use crate::{
    engine::task::WorkflowTaskCompletion,
    model::{Command, EventAttributes, EventId, HistoryEvent, event::workflow_task::Completed},
    testing::replay::{Comparison, ReplayMismatch},
};

/// Compares an answer with the completion at this event and the events of its commands.
pub(super) fn check(
    event_id: EventId,
    answer: &WorkflowTaskCompletion,
    completed: &Completed,
    recorded: &[&HistoryEvent],
) -> Result<(), ReplayMismatch> {
    if answer.sdk_metadata != completed.sdk_metadata {
        return Err(ReplayMismatch::OtherAnswer {
            event_id,
            recorded: format!("{:?}", completed.sdk_metadata),
            attempted: format!("{:?}", answer.sdk_metadata),
        });
    }
    check_commands(event_id, &answer.commands, recorded, Comparison::Values)
}

/// Compares commands with the events that the completion at this event has caused.
pub(super) fn check_commands(
    event_id: EventId,
    commands: &[Command],
    recorded: &[&HistoryEvent],
    comparison: Comparison,
) -> Result<(), ReplayMismatch> {
    let other = |recorded: String, attempted: String| ReplayMismatch::OtherAnswer {
        event_id,
        recorded,
        attempted,
    };
    let mut commands = commands.iter();
    let mut events = recorded.iter();
    loop {
        match (commands.next(), events.next()) {
            (None, None) => return Ok(()),
            (Some(command), Some(event)) if says(command, &event.attributes, comparison) => {}
            (command, event) => {
                let recorded = event.map_or_else(
                    || "no further command".to_owned(),
                    |event| format!("event {} {:?}", event.id, event.attributes),
                );
                let attempted = command.map_or_else(
                    || "no further command".to_owned(),
                    |command| format!("{command:?}"),
                );
                return Err(other(recorded, attempted));
            }
        }
    }
}

/// Whether an event is what became of a command.
fn says(command: &Command, event: &EventAttributes, comparison: Comparison) -> bool {
    let is_enough = comparison == Comparison::Kinds;
    match (command, event) {
        (Command::ScheduleActivityTask(asked), EventAttributes::ActivityTaskScheduled(event)) => {
            is_enough
                || asked.activity_id == event.activity_id
                    && asked.activity_type == event.activity_type
                    && asked.task_queue == event.task_queue
                    && asked.input == event.input
        }
        (
            Command::RequestCancelActivityTask { scheduled_event_id },
            EventAttributes::ActivityTaskCancelRequested(event),
        ) => is_enough || *scheduled_event_id == event.scheduled_event_id,
        (
            Command::StartTimer {
                timer_id,
                start_to_fire_timeout,
            },
            EventAttributes::TimerStarted(event),
        ) => {
            is_enough
                || *timer_id == event.timer_id
                    && *start_to_fire_timeout == event.start_to_fire_timeout
        }
        (Command::CancelTimer { timer_id }, EventAttributes::TimerCanceled(event)) => {
            is_enough || *timer_id == event.timer_id
        }
        (
            Command::CompleteWorkflowExecution { result },
            EventAttributes::WorkflowExecutionCompleted(event),
        ) => is_enough || *result == event.result,
        (
            Command::FailWorkflowExecution { failure },
            EventAttributes::WorkflowExecutionFailed(event),
        ) => is_enough || *failure == event.failure,
        (
            Command::CancelWorkflowExecution { details },
            EventAttributes::WorkflowExecutionCanceled(event),
        ) => is_enough || *details == event.details,
        _ => false,
    }
}
