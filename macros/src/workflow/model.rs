//! A workflow's handlers after every rule has been checked.

use proc_macro2::Ident;
use syn::{ItemImpl, Visibility};

use crate::{item::ItemAttributes, path::Root, signature::Call};

/// What `#[handlers]` knows about a workflow.
pub(super) struct WorkflowModel {
    pub(super) root: Root,
    /// The impl block, without the attributes of its handlers.
    pub(super) block: ItemImpl,
    /// The workflow's name.
    pub(super) ident: Ident,
    pub(super) run: Routine,
    pub(super) init: Option<Routine>,
    pub(super) signals: Vec<Message>,
    pub(super) queries: Vec<Message>,
    pub(super) updates: Vec<Message>,
}

/// A handler that the engine calls of its own accord.
pub(super) struct Routine {
    pub(super) ident: Ident,
    pub(super) call: Call,
}

/// A handler that a message is for.
pub(super) struct Message {
    pub(super) ident: Ident,
    /// The message's name on the wire.
    pub(super) name: String,
    pub(super) call: Call,
    /// What says whether it may be carried out; of updates only.
    pub(super) validator: Option<Routine>,
    pub(super) attributes: ItemAttributes,
    pub(super) visibility: Visibility,
}
