//! The port kept by a journal and by sled 0.34: one entry and one sync for a group of commits.
//!
//! A group of commits is an entry of the [`journal`] first. What it holds is kept in memory
//! ([`unsettled`]) until it settles: each run's records go to their place in sled together, with
//! its index entry ([`settle`]), when a bound is passed ([`settler`]) or the store is closed.
//! [`content`] reads both.
//!
//! What sled is not trusted with is done here: whatever is acknowledged, which the journal holds
//! until sled has it on disk; the sync (its flush has none, [`data_file`]), what a kill or a power
//! cut leaves of its files ([`mark`], [`folder`]), whether its log is what it was ([`known`]), the
//! size of pages (its files for large ones are never synced), the proof that a record is what was
//! written (the codec's), and the message that says who holds the store.
//!
//! Absent on purpose: `flush_async`, which deadlocks with many callers, transactions, which run
//! their closure again, and a second tree, which halves the throughput.

mod aside;
mod backup;
mod bundle;
mod check;
mod compaction;
mod content;
mod data_file;
mod entry;
mod failure;
mod folder;
mod inspect;
mod journal;
mod key;
mod known;
mod mark;
mod options;
mod pairs;
mod piece;
mod progress;
mod read;
mod repair;
mod restore;
mod settle;
mod settler;
mod sled_log;
mod start;
mod store;
mod unsettled;

pub use self::{
    compaction::Compaction,
    options::{Durability, SledOptions},
    repair::Repair,
    restore::Restored,
    store::SledStore,
};

#[cfg(test)]
mod tests;
