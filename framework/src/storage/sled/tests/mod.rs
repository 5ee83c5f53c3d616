//! Unit tests of the sled adapter.

mod bundle;
mod compaction;
mod content;
mod entry;
mod failure;
mod folder;
mod key;
mod piece;
mod progress;
mod sled_log;
#[cfg(unix)]
mod start;
mod store;
mod unsettled;
mod whole;
