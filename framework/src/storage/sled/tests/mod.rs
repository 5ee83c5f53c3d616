//! Unit tests of the sled adapter.

mod author;
mod backup;
mod bundle;
mod check;
mod compaction;
mod content;
mod entry;
mod failure;
mod folder;
#[cfg(shuttle)]
mod interleaving;
mod key;
mod piece;
mod progress;
mod repair;
mod restore;
mod sled_log;
#[cfg(unix)]
mod start;
mod store;
mod unsettled;
mod whole;
