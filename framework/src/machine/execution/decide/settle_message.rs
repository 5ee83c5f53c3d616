//! Settle a message: its receiver has answered, so it leaves the outbox, and the next one goes.

use crate::{
    machine::execution::{Draft, Message, MessageContent, MessageOutcome},
    model::{
        EventAttributes, MessageId,
        event::external_workflow::{
            self as external, CancelFailedCause as CancelCause, SignalFailedCause as SignalCause,
        },
        transition::MessageSettled,
    },
};

/// Records what became of a message. An answer that comes twice changes nothing.
pub fn settle_message(draft: &mut Draft<'_>, id: MessageId, outcome: MessageOutcome) {
    let Some(message) = draft.state().message(id).cloned() else {
        return;
    };
    if draft.state().status().is_open() {
        draft.record(answer(&message, outcome));
        draft.follow_up();
    } else {
        draft.change(MessageSettled { message_id: id });
    }
    draft.deliver_first(&message.receiver.workflow_id);
}

/// The event that says what became of a message.
fn answer(message: &Message, outcome: MessageOutcome) -> EventAttributes {
    let workflow_execution = message.receiver.clone();
    let initiated_event_id = message.id.event_id;
    let failed = match (&message.content, outcome) {
        (MessageContent::Signal { .. }, MessageOutcome::Delivered) => {
            return external::Signaled {
                initiated_event_id,
                workflow_execution,
            }
            .into();
        }
        (MessageContent::RequestCancel { .. }, MessageOutcome::Delivered) => {
            return external::CancelRequested {
                initiated_event_id,
                workflow_execution,
            }
            .into();
        }
        (MessageContent::RequestCancel { .. }, _) => {
            return external::CancelFailed {
                cause: CancelCause::ExternalWorkflowExecutionNotFound,
                workflow_execution,
                initiated_event_id,
            }
            .into();
        }
        (MessageContent::Signal { .. }, MessageOutcome::NotFound) => {
            SignalCause::ExternalWorkflowExecutionNotFound
        }
        (MessageContent::Signal { .. }, MessageOutcome::TooManySignals) => {
            SignalCause::SignalCountLimitExceeded
        }
    };
    external::SignalFailed {
        cause: failed,
        workflow_execution,
        initiated_event_id,
    }
    .into()
}
