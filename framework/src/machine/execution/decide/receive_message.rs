//! Receive a message: another run says something to this one. Applied once, however often it comes.

use crate::{
    machine::execution::{
        Draft, Message, MessageContent, Rejection, SERVICE,
        decide::{
            RequestCancel, SignalMessage, close_parent::close_parent, end_child::end_child,
            request_cancel, signal,
        },
    },
    model::{Identity, RequestId},
};

/// Records what another run has to say.
///
/// # Errors
/// A [`Rejection`] if the message can be for no run that is open. The wish that a run stops which
/// has closed is granted already.
pub fn receive_message(draft: &mut Draft<'_>, message: &Message) -> Result<(), Rejection> {
    let state = draft.state();
    // As on Temporal's server nobody speaks to itself.
    let is_own = state.execution().workflow_id == message.sender.workflow_id;
    if is_own || (message.child_workflow_only && !state.is_child_of(&message.parent())) {
        return Err(Rejection::NotFound {
            what: "receiver of the message",
        });
    }
    let sender = Some(Box::new(message.sender.clone()));
    match message.content.clone() {
        // It begins a run, and is for none that has begun.
        MessageContent::StartChild { .. } => Err(Rejection::AlreadyStarted {
            status: state.status(),
        }),
        MessageContent::ParentClosed { policy } => close_parent(draft, message, policy),
        MessageContent::ChildClosed {
            initiated_event_id,
            close,
        } => {
            if state.started().is_none() {
                return Err(Rejection::NotStarted);
            }
            if state.status().is_open() {
                end_child(draft, message, initiated_event_id, *close);
            }
            Ok(())
        }
        MessageContent::Signal {
            name,
            input,
            header,
        } => {
            let message = SignalMessage {
                name,
                input,
                header,
                identity: Identity::new(SERVICE),
                request_id: message.request_id(),
            };
            signal::signal_from(draft, message, sender)
        }
        MessageContent::RequestCancel { reason } => {
            let request = RequestCancel {
                cause: reason,
                identity: Identity::new(SERVICE),
                // Temporal's event has none for what a workflow asks.
                request_id: RequestId::default(),
            };
            request_cancel::request_cancel_from(draft, request, message.id.event_id, sender)
        }
    }
}
