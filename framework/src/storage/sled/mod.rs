//! The port kept by sled 0.34: one tree, one batch per group of commits, one sync.
//!
//! What sled is not trusted with is done here: the sync (its flush has none), the room ahead of its
//! log, what a kill leaves of its files, the size of pages (its files for large ones are never
//! synced), the proof that a record is what was written (the
//! codec's), and the message that says who holds the store.
//!
//! Absent on purpose: `flush_async`, which deadlocks with many callers, transactions, which run
//! their closure again, and a second tree, which halves the throughput.

mod commit;
mod entry;
mod failure;
mod folder;
mod key;
mod options;
mod progress;
mod read;
mod recent;
mod runway;
mod store;

pub use self::{
    options::{Durability, SledOptions},
    store::SledStore,
};

#[cfg(test)]
mod tests;
