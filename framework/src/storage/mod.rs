//! Floor 2: the port to durable storage, its adapters, and the record codec they share.
//!
//! [`store`] holds the contract, rules S1 to S10. [`SledStore`] keeps it on disk, [`MemoryStore`]
//! in memory for tests; `testing::conformance` checks that they, or an adapter of your own, do.
//! Adapters store records without looking into them: [`record`] turns transitions into records
//! that carry their own proof, so damage is reported and never replayed.
//!
//! Absent on purpose: caching, grouping of commits and retries. Those belong to who calls.

mod claim;
pub mod error;
#[cfg(feature = "runtime")]
mod guarded;
mod layer;
mod lock_file;
mod memory;
mod names;
mod payload;
mod payload_names;
pub mod record;
mod run_details;
mod sled;
pub mod store;

pub use self::{
    claim::{WriteClaim, WriteRight},
    error::{StorageError, StorageErrorKind},
    layer::StoreLayer,
    memory::{MemoryDisk, MemoryStore},
    payload::{FileStorage, PayloadStorage, StoredPayloads},
    run_details::RunDetails,
    sled::{Compaction, Durability, SledOptions, SledStore},
    store::{
        Commit, CommitPart, Extent, IndexChange, OpenRun, ReadStore, RunEntry, Store, StoreFiles,
        StoredRecord, WriteStore,
    },
};

#[cfg(feature = "runtime")]
pub(crate) use self::{claim::ClaimEnds, guarded::GuardedStore, payload::fetch};

#[cfg(test)]
mod tests;
