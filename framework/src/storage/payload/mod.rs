//! Where the content of large payloads is kept, apart from the records that name it.
//!
//! A [`PayloadStorage`] keeps content by its hash and knows nothing of runs; [`FileStorage`] keeps it
//! in a folder. [`StoredPayloads`] is the codec that reads it. Which runs name what content says the
//! store, by [`CommitPart::payloads`](crate::storage::CommitPart::payloads).
//!
//! Absent on purpose: what is put there and what is deleted. An engine does that.

mod file_storage;
mod payload_storage;
mod stored_payloads;

#[cfg(feature = "runtime")]
pub(crate) use self::stored_payloads::fetch;
pub use self::{
    file_storage::{CopiedPayloads, FileStorage},
    payload_storage::PayloadStorage,
    stored_payloads::StoredPayloads,
};

#[cfg(test)]
mod tests;
