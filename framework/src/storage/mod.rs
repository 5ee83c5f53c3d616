//! Floor 2: the port to durable storage, its adapters, and the record codec they share.

pub mod error;
pub mod store;

pub use self::{
    error::{StorageError, StorageErrorKind},
    store::{Commit, IndexChange, OpenRun, ReadStore, RunEntry, Store, StoredRecord, WriteStore},
};
