//! The port kept by sled 0.34: one tree, one value per group of commits, one sync.
//!
//! A group of commits is an entry of the journal first ([`commit`], [`journal`]). What it holds is
//! kept in memory ([`unsettled`]) until it settles: each run's records go to their place together,
//! with its index entry ([`settle`]), when a bound is passed ([`settler`]) or the store is closed.
//! [`content`] reads both.
//!
//! What sled is not trusted with is done here: the sync (its flush has none, [`data_file`]), the
//! room ahead of its log ([`runway`]), what a kill or a power cut leaves of its files ([`mark`],
//! [`folder`]), whether its log is what it was ([`known`]), the size of pages (its files for large
//! ones are never synced), the proof that a record is what was written (the codec's), and the
//! message that says who holds the store.
//!
//! Absent on purpose: `flush_async`, which deadlocks with many callers, transactions, which run
//! their closure again, and a second tree, which halves the throughput.

mod bundle;
mod commit;
mod content;
mod data_file;
mod entry;
mod failure;
mod folder;
mod journal;
mod key;
mod known;
mod mark;
mod options;
mod piece;
mod progress;
mod read;
mod runway;
mod settle;
mod settler;
mod sled_log;
mod start;
mod store;
mod unsettled;

pub use self::{
    options::{Durability, SledOptions},
    store::SledStore,
};

#[cfg(test)]
mod tests;
