//! End a child: its chain of runs has ended, and its parent is told. Applied once, however often it
//! comes.

use crate::{
    machine::execution::{
        Draft, ExecutionState, Message, MessageContent, MessageOutcome, PendingChild,
        decide::settle_message,
    },
    model::{EventAttributes, EventId, MessageId, MessageKind},
};

/// Records how a child has ended, unless nobody waits for it any more.
pub(super) fn end_child(
    draft: &mut Draft<'_>,
    message: &Message,
    initiated_event_id: EventId,
    close: EventAttributes,
) {
    if let Some(start) = unanswered_start(draft.state(), message) {
        // It has ended, so it was started.
        settle_message(draft, start, MessageOutcome::Delivered);
    }
    let ended = waiting(draft.state(), message, initiated_event_id)
        .map(|child| child.end(message.sender.clone(), close));
    if let Some(ended) = ended {
        draft.record(ended);
        draft.follow_up();
    }
}

/// The start of the child that this message says has ended, if the answer to that is still to come.
pub fn unanswered_start(state: &ExecutionState, message: &Message) -> Option<MessageId> {
    let MessageContent::ChildClosed {
        initiated_event_id, ..
    } = &message.content
    else {
        return None;
    };
    let child = waiting(state, message, *initiated_event_id)?;
    child.started_event_id.is_none().then_some(MessageId {
        event_id: child.initiated_event_id,
        kind: MessageKind::StartChild,
    })
}

/// The child that sends the message, if the run waits for it: one that it has asked for itself, or
/// that the run has which it goes on from.
fn waiting<'s>(
    state: &'s ExecutionState,
    message: &Message,
    initiated_event_id: EventId,
) -> Option<&'s PendingChild> {
    let child = state.pending_child(initiated_event_id)?;
    let is_sender = child.execution.workflow_id == message.sender.workflow_id;
    let is_ours = state.origin_of(initiated_event_id) == message.receiver.run_id;
    (is_sender && is_ours).then_some(child)
}
