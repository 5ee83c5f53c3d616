//! Close parent: the parent of this run has closed, and its policy says what becomes of the run.

use crate::{
    machine::execution::{
        Draft, Message, Rejection, SERVICE,
        decide::{RequestCancel, Terminate, request_cancel::request_cancel_from, terminate},
    },
    model::{EventId, Identity, ParentClosePolicy, Payloads, RequestId},
};

/// The reason given to a child that is terminated with its parent.
const REASON: &str = "by parent close policy";

/// Does with a child what the policy says. One that has closed has nothing left to end.
pub(super) fn close_parent(
    draft: &mut Draft<'_>,
    message: &Message,
    policy: ParentClosePolicy,
) -> Result<(), Rejection> {
    if !draft.state().status().is_open() {
        return Ok(());
    }
    let identity = Identity::new(SERVICE);
    match policy {
        ParentClosePolicy::Abandon => Ok(()),
        ParentClosePolicy::Terminate => {
            let message = Terminate {
                reason: REASON.to_owned(),
                details: Payloads::EMPTY,
                identity,
            };
            terminate(draft, message)
        }
        ParentClosePolicy::RequestCancel => {
            let request = RequestCancel {
                cause: String::new(),
                identity,
                request_id: RequestId::default(),
            };
            let parent = Some(Box::new(message.sender.clone()));
            request_cancel_from(draft, request, EventId::NONE, parent)
        }
    }
}
