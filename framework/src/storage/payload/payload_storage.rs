//! What a payload storage has to do.

use std::sync::Arc;

use bytes::Bytes;

use crate::{model::ContentKey, storage::StorageError};

/// Keeps the content of large payloads by its key, which is its hash.
///
/// A storage belongs to one store: the engine deletes from it what no run of its store names.
///
/// Contract for implementers:
/// * P1: what [`put`](Self::put) has returned `Ok` for is there until it is deleted, also after a crash
///   of the process or of the machine. The record that names it is written after that.
/// * P2: putting what is there already does no harm, and restores what was damaged. Deleting what is
///   not there succeeds.
/// * P3: calls come from several threads at once, those of one key one after another.
/// * P4: a call is as quick as a local disk. Clients and attempts wait on threads that may wait, but a
///   workflow that reads or writes a large value waits on the thread that carries workflows. What is
///   far away belongs behind a cache that is near.
///
/// A key is the hash of its content, and the engine looks whether it is, so a storage need not.
///
/// # Examples
/// ```
/// use sempre::{model::ContentKey, storage::{FileStorage, PayloadStorage as _}};
///
/// # let folder = tempfile::tempdir()?;
/// let storage = FileStorage::open(folder.path().join("orders.payloads"))?;
/// let key = ContentKey::of(b"content");
/// storage.put(&key, b"content")?;
/// assert_eq!(storage.get(&key)?.as_deref(), Some(&b"content"[..]));
/// storage.delete(&key)?;
/// assert_eq!(storage.get(&key)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait PayloadStorage: Send + Sync + 'static {
    /// Keeps content.
    ///
    /// # Durability
    /// It is on disk, with its name, once this returns `Ok`.
    ///
    /// # Errors
    /// [`StorageError`] if it cannot be kept now. A request is refused then, a workflow task fails and is
    /// tried again, and an activity's attempt fails.
    fn put(&self, key: &ContentKey, content: &[u8]) -> Result<(), StorageError>;

    /// The content of this key; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError`] if it cannot be read now.
    fn get(&self, key: &ContentKey) -> Result<Option<Bytes>, StorageError>;

    /// Deletes the content of this key, if there is any. Called in the background.
    ///
    /// # Errors
    /// [`StorageError`] if it cannot be deleted now; it is tried again when an engine starts.
    fn delete(&self, key: &ContentKey) -> Result<(), StorageError>;

    /// Up to `limit` keys of what is kept after `after`, in their order. Called in the background, when
    /// an engine has started.
    ///
    /// # Errors
    /// [`StorageError`] if it cannot be read now.
    fn list(
        &self,
        after: Option<&ContentKey>,
        limit: usize,
    ) -> Result<Vec<ContentKey>, StorageError>;
}

impl<S: PayloadStorage + ?Sized> PayloadStorage for Arc<S> {
    fn put(&self, key: &ContentKey, content: &[u8]) -> Result<(), StorageError> {
        (**self).put(key, content)
    }

    fn get(&self, key: &ContentKey) -> Result<Option<Bytes>, StorageError> {
        (**self).get(key)
    }

    fn delete(&self, key: &ContentKey) -> Result<(), StorageError> {
        (**self).delete(key)
    }

    fn list(
        &self,
        after: Option<&ContentKey>,
        limit: usize,
    ) -> Result<Vec<ContentKey>, StorageError> {
        (**self).list(after, limit)
    }
}
