//! Schedules: how the one that started a run is told of the end of its chain of runs.
//!
//! It is told by a signal, which is a message like any other: part of the fold from the close on,
//! until the schedule has it on disk. A schedule that is no longer there is told nothing.

use crate::{
    machine::execution::{ExecutionState, Message, MessageContent},
    model::{
        EventAttributes, EventId, ExecutionStatus, Header, HistoryEvent, MessageId, MessageKind,
        Payloads, RunId, SignalName, WorkflowExecution,
        schedule::{ACTION_ENDED, ActionEnded, scheduler_of},
    },
};

/// Bound: bytes of what a schedule is told of a failure.
const FAILURE_BYTES_MAX: usize = 1_000;

impl ExecutionState {
    /// What a run has to say to the schedule that started it, when its chain ends with this event.
    pub(super) fn word_to_schedule(&self, event: &HistoryEvent) -> Option<Message> {
        let request_id = &self.started()?.request_id;
        let workflow_id = scheduler_of(request_id)?.beside(&self.execution().workflow_id);
        let (status, failure) = end(&event.attributes)?;
        let ended = ActionEnded {
            request_id: request_id.clone(),
            execution: self.execution(),
            status,
            failure,
        };
        Some(Message {
            id: MessageId {
                event_id: event.id,
                kind: MessageKind::Signal,
            },
            sender: self.execution(),
            origin: self.run_id(),
            parent_run_id: self.run_id(),
            receiver: WorkflowExecution {
                workflow_id,
                run_id: RunId::default(),
            },
            child_workflow_only: false,
            content: MessageContent::Signal {
                name: SignalName::new(ACTION_ENDED),
                // Invariant: it is made of texts and numbers, which can be written.
                input: Payloads::encode(&ended).unwrap_or_default(),
                header: Header::EMPTY,
            },
            task: EventId::NONE,
        })
    }
}

/// How a chain of runs ends with this event, and with which failure; `None` if it goes on.
fn end(close: &EventAttributes) -> Option<(ExecutionStatus, Option<String>)> {
    use EventAttributes as E;
    if close.new_execution_run_id().is_some() {
        return None;
    }
    Some(match close {
        E::WorkflowExecutionCompleted(_) => (ExecutionStatus::Completed, None),
        E::WorkflowExecutionFailed(it) => {
            let message: String = it.failure.message.clone();
            (ExecutionStatus::Failed, Some(shortened(message)))
        }
        E::WorkflowExecutionCanceled(_) => (ExecutionStatus::Canceled, None),
        E::WorkflowExecutionTimedOut(_) => (
            ExecutionStatus::TimedOut,
            Some("workflow timeout".to_owned()),
        ),
        E::WorkflowExecutionTerminated(_) => (ExecutionStatus::Terminated, None),
        _ => return None,
    })
}

fn shortened(mut text: String) -> String {
    let mut end = text.len().min(FAILURE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
