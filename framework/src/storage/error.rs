//! What can go wrong with a store, by what the caller can do about it.

use derive_more::{Display, Error};

use crate::model::{RecordNumber, RunId};

/// A store refused or failed.
///
/// [`kind`](Self::kind) answers "what can I do?"; the message says what happened and where.
#[derive(Debug, Display, Error)]
#[display("{message}")]
pub struct StorageError {
    kind: StorageErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the caller of a store can do about an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
#[non_exhaustive]
pub enum StorageErrorKind {
    /// The record exists already: another owner has written, or a commit was repeated. Read again.
    #[display("conflict")]
    Conflict,
    /// The store is held by another process. Stop that process, or open another store.
    #[display("locked")]
    Locked,
    /// What was read is not what was written. Restore the store from a backup.
    #[display("corrupt")]
    Corrupt,
    /// A newer release, or another program, wrote it. Open it with what wrote it.
    #[display("unsupported")]
    Unsupported,
    /// The disk failed, or is full. Mend the cause, then restart the process.
    #[display("unavailable")]
    Unavailable,
    /// An earlier write failed and nothing more is accepted. Restart the process.
    #[display("poisoned")]
    Poisoned,
}

impl StorageError {
    /// An error of this kind.
    pub fn new(kind: StorageErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// A record that is damaged or missing.
    pub fn corrupt(run_id: RunId, number: RecordNumber, what: impl std::fmt::Display) -> Self {
        Self::new(
            StorageErrorKind::Corrupt,
            format!("record is damaged: {what} run_id={run_id} record={number}"),
        )
    }

    /// The same error with the adapter's own error as its source.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> StorageErrorKind {
        self.kind
    }
}
