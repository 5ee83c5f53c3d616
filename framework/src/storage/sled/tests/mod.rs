//! Unit tests of the sled adapter.

mod entry;
mod failure;
mod folder;
mod key;
mod progress;
mod recent;
mod runway;
mod store;
