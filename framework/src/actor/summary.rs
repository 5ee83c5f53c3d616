//! What a shard has to know about a resident run, kept up to date by its execution.

use std::cell::{Cell, RefCell};

use crate::{actor::pipeline::Ticket, storage::RunEntry};

/// What a shard has to know about a resident run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// What the index says, or will say once everything is durable.
    pub(super) entry: RefCell<RunEntry>,
    /// The last transition of the run.
    pub(super) ticket: Cell<Ticket>,
    /// What it takes in memory, as an estimate.
    pub(super) bytes: Cell<u64>,
}
