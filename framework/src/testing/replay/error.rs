//! What a replay check says when it finds something, in a form for people.

use derive_more::{Display, Error};

use crate::model::{EventId, History, HistoryEvent, WorkflowType};

/// Code and history do not belong together.
///
/// Its text ends with the events of the history, with a mark at the one that is meant.
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[display("workflow_id={workflow_id}: {mismatch}\n{shown}")]
pub struct ReplayError {
    /// The execution whose history it is.
    pub workflow_id: crate::model::WorkflowId,
    /// What was found.
    #[error(source)]
    pub mismatch: ReplayMismatch,
    /// The events, one a line.
    shown: String,
}

impl ReplayError {
    pub(super) fn new(history: &History, mismatch: ReplayMismatch) -> Self {
        Self {
            workflow_id: history.execution.workflow_id.clone(),
            shown: show(&history.events, mismatch.event_id()),
            mismatch,
        }
    }
}

/// What a replay check has found.
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[non_exhaustive]
pub enum ReplayMismatch {
    /// The history breaks the grammar of histories. It was cut or changed.
    #[display("the history is malformed: {message}")]
    Malformed {
        /// Which rule it breaks.
        message: String,
    },
    /// The history was written by another workflow. Check it against that one.
    #[display("the history was written by the workflow type {recorded}, and not by {checked}")]
    OtherType {
        /// The type in the history.
        recorded: WorkflowType,
        /// The type of the code.
        checked: WorkflowType,
    },
    /// The code does not ask for what the history says it asked for, or it failed. Take the change
    /// back, or keep the old way for old runs.
    #[display("the code does not fit its history: {message}")]
    Diverged {
        /// What was recorded and what was attempted.
        message: String,
        /// The patch that the history has and the code does not ask for, if that is it.
        missing_patch: Option<String>,
    },
    /// The code, told the history up to a workflow task, answers the task in another way than it
    /// did: it was changed, or something other than its history decides what it does.
    #[display(
        "the code, told all that came before event {event_id}, answers in another way\n\
         - recorded:  {recorded}\n\
         + attempted: {attempted}\n  \
         likely cause: the code was changed, or it depends on something that replay cannot repeat"
    )]
    OtherAnswer {
        /// The `WorkflowTaskCompleted` that holds the recorded answer.
        event_id: EventId,
        /// What was recorded.
        recorded: String,
        /// What the code says now.
        attempted: String,
    },
}

impl ReplayMismatch {
    /// The patch that the history has and the code does not ask for, if that is what was found.
    pub fn missing_patch(&self) -> Option<&str> {
        match self {
            Self::Diverged { missing_patch, .. } => missing_patch.as_deref(),
            _ => None,
        }
    }

    /// The event that is meant, if it is one.
    pub fn event_id(&self) -> Option<EventId> {
        match self {
            Self::OtherAnswer { event_id, .. } => Some(*event_id),
            _ => None,
        }
    }
}

/// A history in lines, one an event.
fn show(events: &[HistoryEvent], marked: Option<EventId>) -> String {
    let line = |event: &HistoryEvent| {
        let mark = if marked == Some(event.id) { '>' } else { ' ' };
        let event_type = event.event_type();
        format!("{mark} {:>4} {} {event_type}\n", event.id, event.time)
    };
    events.iter().map(line).collect()
}
