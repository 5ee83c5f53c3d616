//! Settle a message: its receiver has answered, so it leaves the outbox, and the next one goes.

use crate::{
    machine::execution::{Draft, Message, MessageContent, MessageOutcome},
    model::{
        EventAttributes, MessageId,
        event::{
            child_workflow as child,
            external_workflow::{
                self as external, CancelFailedCause as CancelCause,
                SignalFailedCause as SignalCause,
            },
        },
        transition::MessageSettled,
    },
};

/// Records what became of a message. An answer that comes twice changes nothing.
pub fn settle_message(draft: &mut Draft<'_>, id: MessageId, outcome: MessageOutcome) {
    let Some(message) = draft.state().message(id).cloned() else {
        return;
    };
    let is_open = draft.state().status().is_open();
    match answer(&message, outcome).filter(|_| is_open) {
        Some(answer) => {
            draft.record(answer);
            draft.follow_up();
        }
        None => draft.change(MessageSettled { message_id: id }),
    }
    draft.deliver_first(&message.receiver.workflow_id);
}

/// The event that says what became of a message; `None` for what only a run says that has closed.
fn answer(message: &Message, outcome: MessageOutcome) -> Option<EventAttributes> {
    let workflow_execution = message.receiver.clone();
    let initiated_event_id = message.id.event_id;
    let failed = match (&message.content, outcome) {
        (MessageContent::ParentClosed { .. } | MessageContent::ChildClosed { .. }, _) => {
            return None;
        }
        (MessageContent::StartChild { initiated, .. }, outcome) => {
            return Some(start_answer(message, initiated, outcome));
        }
        (MessageContent::Signal { .. }, MessageOutcome::Delivered) => {
            let signaled = external::Signaled {
                initiated_event_id,
                workflow_execution,
            };
            return Some(signaled.into());
        }
        (MessageContent::RequestCancel { .. }, MessageOutcome::Delivered) => {
            let requested = external::CancelRequested {
                initiated_event_id,
                workflow_execution,
            };
            return Some(requested.into());
        }
        (MessageContent::RequestCancel { .. }, outcome) => {
            let cause = if outcome == MessageOutcome::NoNamespace {
                CancelCause::NamespaceNotFound
            } else {
                CancelCause::ExternalWorkflowExecutionNotFound
            };
            let failed = external::CancelFailed {
                cause,
                workflow_execution,
                initiated_event_id,
            };
            return Some(failed.into());
        }
        (MessageContent::Signal { .. }, MessageOutcome::TooManySignals) => {
            SignalCause::SignalCountLimitExceeded
        }
        (MessageContent::Signal { .. }, MessageOutcome::NoNamespace) => {
            SignalCause::NamespaceNotFound
        }
        (MessageContent::Signal { .. }, _) => SignalCause::ExternalWorkflowExecutionNotFound,
    };
    let failed = external::SignalFailed {
        cause: failed,
        workflow_execution,
        initiated_event_id,
    };
    Some(failed.into())
}

/// The event that says what became of the start of a child.
fn start_answer(
    message: &Message,
    initiated: &child::Initiated,
    outcome: MessageOutcome,
) -> EventAttributes {
    let workflow_type = initiated.workflow_type.clone();
    let initiated_event_id = message.id.event_id;
    let cause = match outcome {
        MessageOutcome::Delivered => {
            return child::Started {
                initiated_event_id,
                workflow_execution: message.receiver.clone(),
                workflow_type,
                header: initiated.header.clone(),
            }
            .into();
        }
        MessageOutcome::AlreadyExists => child::StartFailedCause::WorkflowAlreadyExists,
        MessageOutcome::NoNamespace => child::StartFailedCause::NamespaceNotFound,
        MessageOutcome::NotFound | MessageOutcome::TooManySignals => {
            child::StartFailedCause::Unspecified
        }
    };
    child::StartFailed {
        workflow_id: initiated.workflow_id.clone(),
        workflow_type,
        cause,
        initiated_event_id,
        workflow_task_completed_event_id: initiated.workflow_task_completed_event_id,
    }
    .into()
}
