//! Large payloads: what an engine puts into its payload storage, reads there, and deletes.
//!
//! Content is put away before the record that names it is decided on, and deleted when no record names
//! it and nobody holds a reference to it. So three moments matter, and each is safe at a crash:
//!
//! 1. *Put*: [`PayloadKeeper`] encodes last and decodes first. The reference that stands for the content
//!    *holds* it: as long as a clone of the reference is in memory, wherever that is, nothing is deleted.
//! 2. *Named*: the commit that writes a record says what it names, and the store keeps that with the
//!    record. The reference is held until that is durable.
//! 3. *Let go*: when the last reference goes, and when a run is deleted ([`KeptStore`]), a thread asks
//!    the store whether anybody names the content, and deletes it if nobody does.
//!
//! A process that dies in between leaves content that nobody names. The next one looks through the
//! storage in the background and lets it go in the same way.

mod keeper;
mod kept_store;
mod options;
mod pins;
mod shelf;

pub(super) use self::{
    keeper::PayloadKeeper,
    options::PayloadOptions,
    shelf::{KeepAll, Keeping},
};
