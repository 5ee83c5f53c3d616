//! Whether the answer to a workflow task is the one its history holds.

use std::{fmt::Write as _, iter::Peekable};

use crate::{
    machine::{
        replay::patch::{self, PatchMarker},
        task::WorkflowTaskCompletion,
    },
    model::{Command, EventId, HistoryEvent, event::workflow_task::Completed},
    testing::replay::{
        Comparison, ReplayMismatch,
        field::{self, Field},
    },
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
    let mut commands = (1..).zip(commands);
    let mut events = recorded.iter().peekable();
    loop {
        let command = commands.next();
        pass_over_patches(&mut events, command.map(|it| it.1));
        let event = events.next();
        let fields = match (command, event) {
            (None, None) => return Ok(()),
            (Some((_, command)), Some(event)) => field::different(command, &event.attributes),
            _ => None,
        };
        let is_same = fields
            .as_ref()
            .is_some_and(|fields| fields.is_empty() || comparison == Comparison::Kinds);
        if !is_same {
            let fields = fields.unwrap_or_default();
            return Err(ReplayMismatch::OtherAnswer {
                event_id,
                recorded: show_event(event.copied(), &fields),
                attempted: show_command(command, &fields),
            });
        }
    }
}

/// Passes over the marker of a deprecated patch, and the list of patches behind it, where the program
/// does not ask for the patch: it may have been removed.
fn pass_over_patches<'e>(
    events: &mut Peekable<impl Iterator<Item = &'e &'e HistoryEvent>>,
    command: Option<&Command>,
) {
    let asked = command.and_then(PatchMarker::in_command);
    let is_passed = |event: &&&HistoryEvent| {
        let recorded = PatchMarker::in_event(&event.attributes);
        recorded.is_some_and(|recorded| {
            recorded.deprecated && asked.as_ref().is_none_or(|asked| asked.id != recorded.id)
        })
    };
    while events.next_if(is_passed).is_some() {
        events.next_if(|event| patch::lists_patches(&event.attributes));
    }
}

/// An event, with what is different about it.
fn show_event(event: Option<&HistoryEvent>, different: &[Field]) -> String {
    let Some(event) = event else {
        return "no further command".into();
    };
    let mut shown = format!("event {} {}", event.id, event.event_type());
    for field in different {
        // Text takes all that is written.
        let _ = write!(shown, " {}={}", field.name, field.recorded);
    }
    shown
}

/// A command, with what is different about it.
fn show_command(command: Option<(u32, &Command)>, different: &[Field]) -> String {
    let Some((index, command)) = command else {
        return "no further command".into();
    };
    let mut shown = format!("command {index} {}", command.name());
    for field in different {
        let _ = write!(shown, " {}={}", field.name, field.attempted);
    }
    shown
}
