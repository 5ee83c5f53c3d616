//! What must be true of every history that any test writes.

use std::error::Error;

use sempre::{
    engine::{
        replay::Replayer,
        task::{WorkflowTask, WorkflowTaskCompletion},
    },
    model::{
        Command, EventAttributes, EventId, History, HistoryEvent, RequestId, RunId,
        event::workflow_task::Completed,
    },
    workflow::{ProgramFactory, WorkflowRegistry},
};

/// Checks that a history obeys the grammar, and that its program says to it what it says.
///
/// The program is told the whole history, and every part of it that ends with the start of a
/// workflow task; its answers have to be the recorded ones.
///
/// # Errors
/// The first thing that is not so.
pub fn check(history: &History, programs: &WorkflowRegistry) -> Result<(), Box<dyn Error>> {
    let shown = || render(&history.events);
    history
        .check_grammar()
        .map_err(|violation| format!("{violation}\n{}", shown()))?;
    let Some(EventAttributes::WorkflowExecutionStarted(started)) = history.attributes().next()
    else {
        return Err("a history begins with its start".into());
    };
    // A type that was never registered has no program to be asked.
    let Some(make) = programs.find(&started.workflow_type) else {
        return Ok(());
    };
    Replayer::new(make())
        .handle_history(&history.events)
        .map_err(|failure| format!("replay failed: {}\n{}", failure.failure, shown()))?;
    check_answers(&history.events, make).map_err(|error| format!("{error}\n{}", shown()).into())
}

/// Asks a new program at every workflow task that was completed.
fn check_answers(events: &[HistoryEvent], make: ProgramFactory) -> Result<(), String> {
    for (at, event) in events.iter().enumerate() {
        let EventAttributes::WorkflowTaskCompleted(completed) = &event.attributes else {
            continue;
        };
        let task = WorkflowTask {
            events: events.iter().take(at).cloned().collect(),
        };
        let answer = Replayer::new(make())
            .handle_workflow_task(&task)
            .map_err(|failure| format!("{}: {}", event.id, failure.failure))?;
        let recorded = events.iter().skip(at + 1);
        let recorded = recorded.take_while(|event| event.event_type().is_command_event());
        check_answer(&answer, completed, recorded)
            .map_err(|error| format!("{}: {error}", event.id))?;
    }
    Ok(())
}

fn check_answer<'e>(
    answer: &WorkflowTaskCompletion,
    completed: &Completed,
    recorded: impl Iterator<Item = &'e HistoryEvent>,
) -> Result<(), String> {
    if answer.sdk_metadata != completed.sdk_metadata {
        return Err(format!("rules are {:?}", answer.sdk_metadata));
    }
    let recorded: Vec<&EventAttributes> = recorded.map(|event| &event.attributes).collect();
    let says_so = recorded.len() == answer.commands.len()
        && answer
            .commands
            .iter()
            .zip(&recorded)
            .all(|(command, event)| says(command, event));
    if says_so {
        Ok(())
    } else {
        Err(format!("the program answers {:#?}", answer.commands))
    }
}

/// Whether an event is what became of a command.
fn says(command: &Command, event: &EventAttributes) -> bool {
    match (command, event) {
        (Command::ScheduleActivityTask(asked), EventAttributes::ActivityTaskScheduled(event)) => {
            asked.activity_id == event.activity_id
                && asked.activity_type == event.activity_type
                && asked.task_queue == event.task_queue
                && asked.input == event.input
        }
        (
            Command::RequestCancelActivityTask { scheduled_event_id },
            EventAttributes::ActivityTaskCancelRequested(event),
        ) => *scheduled_event_id == event.scheduled_event_id,
        (
            Command::StartTimer {
                timer_id,
                start_to_fire_timeout,
            },
            EventAttributes::TimerStarted(event),
        ) => *timer_id == event.timer_id && *start_to_fire_timeout == event.start_to_fire_timeout,
        (Command::CancelTimer { timer_id }, EventAttributes::TimerCanceled(event)) => {
            *timer_id == event.timer_id
        }
        (
            Command::CompleteWorkflowExecution { result },
            EventAttributes::WorkflowExecutionCompleted(event),
        ) => *result == event.result,
        (
            Command::FailWorkflowExecution { failure },
            EventAttributes::WorkflowExecutionFailed(event),
        ) => *failure == event.failure,
        (
            Command::CancelWorkflowExecution { details },
            EventAttributes::WorkflowExecutionCanceled(event),
        ) => *details == event.details,
        _ => false,
    }
}

/// The events of a history without what no two runs have in common: their own ids, and those of
/// requests.
pub(crate) fn comparable(history: History) -> Vec<HistoryEvent> {
    let mut events = history.events;
    for event in &mut events {
        let request_id = match &mut event.attributes {
            EventAttributes::WorkflowExecutionStarted(started) => {
                started.original_execution_run_id = RunId::default();
                started.first_execution_run_id = RunId::default();
                &mut started.request_id
            }
            EventAttributes::WorkflowExecutionSignaled(signaled) => &mut signaled.request_id,
            EventAttributes::WorkflowExecutionCancelRequested(requested) => {
                &mut requested.request_id
            }
            _ => continue,
        };
        *request_id = RequestId::default();
    }
    events
}

/// Checks that the runs of two modes have the same histories.
pub(crate) fn check_same(
    first: &[Vec<HistoryEvent>],
    second: &[Vec<HistoryEvent>],
) -> Result<(), String> {
    if first == second {
        return Ok(());
    }
    let show = |histories: &[Vec<HistoryEvent>]| {
        let shown: Vec<String> = histories.iter().map(|events| render(events)).collect();
        shown.join("\n")
    };
    let difference = first
        .iter()
        .flatten()
        .zip(second.iter().flatten())
        .find(|(first, second)| first != second);
    Err(format!(
        "histories differ, first at {difference:#?}\n{}\n{}",
        show(first),
        show(second)
    ))
}

/// A history in lines, one an event.
fn render(events: &[HistoryEvent]) -> String {
    let line = |event: &HistoryEvent| {
        let id: EventId = event.id;
        format!("{id:>4} {} {}\n", event.time, event.event_type())
    };
    events.iter().map(line).collect()
}
