//! Floor 2: the port to durable storage, its adapters, and the record codec they share.
//!
//! [`store`] holds the contract, rules S1 to S10. [`SledStore`] keeps it on disk, [`MemoryStore`]
//! in memory for tests; `testing::conformance` checks that they, or an adapter of your own, do.
//! Adapters store records without looking into them, unless they check them: [`record`] turns transitions into records
//! that carry their own proof, so damage is reported and never replayed.
//!
//! Absent on purpose: caching, grouping of commits and retries. Those belong to who calls.

mod backup;
mod claim;
mod derived_entry;
pub mod error;
mod fault;
#[cfg(feature = "runtime")]
mod guarded;
mod layer;
mod lock_file;
mod memory;
mod meter;
mod names;
mod payload;
mod payload_names;
pub mod record;
mod run_details;
mod run_reader;
mod sled;
pub mod store;
mod stored_names;

pub use self::{
    backup::Backup,
    claim::{WriteClaim, WriteRight},
    error::{StorageError, StorageErrorKind},
    fault::{FaultKind, StoreCheck, StoreFault},
    layer::StoreLayer,
    memory::{MemoryDisk, MemoryStore},
    meter::WorkMeter,
    payload::{CopiedPayloads, FileStorage, PayloadStorage, StoredPayloads},
    run_details::RunDetails,
    sled::{Compaction, Durability, Repair, Restored, SledOptions, SledStore},
    store::{
        Commit, CommitPart, Extent, IndexChange, OpenRun, ReadStore, RunEntry, Store, StoreFiles,
        StoredRecord, WriteStore,
    },
};

#[cfg(feature = "runtime")]
pub(crate) use self::{
    claim::ClaimEnds, derived_entry::difference, guarded::GuardedStore, payload::fetch,
};
pub(crate) use self::{run_reader::RunReader, stored_names::StoredNames};

#[cfg(test)]
mod tests;
