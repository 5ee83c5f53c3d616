//! A payload storage in memory, which a test looks into and takes things out of.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use sempre::{
    model::ContentKey,
    storage::{PayloadStorage, StorageError, StorageErrorKind},
};

/// A payload storage that outlives its engines. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    content: Arc<Mutex<Content>>,
    /// Which of its owners this is of.
    owner: usize,
}

#[derive(Debug, Default)]
struct Content {
    kept: BTreeMap<ContentKey, Bytes>,
    puts: usize,
    is_full: bool,
    /// How often another process has taken it over.
    owner: usize,
}

impl Shelf {
    /// The same for another process, after which those before it change nothing any more.
    #[must_use]
    pub fn taken_over(&self) -> Self {
        let mut content = self.content();
        content.owner += 1;
        Self {
            content: Arc::clone(&self.content),
            owner: content.owner,
        }
    }

    /// The keys of what is kept.
    pub fn keys(&self) -> Vec<ContentKey> {
        self.content().kept.keys().copied().collect()
    }

    /// How often something was put there.
    pub fn puts(&self) -> usize {
        self.content().puts
    }

    /// Takes everything out, as a broken disk would.
    pub fn take_all(&self) -> BTreeMap<ContentKey, Bytes> {
        std::mem::take(&mut self.content().kept)
    }

    /// Puts back what was taken out, or something else in its place.
    pub fn put_back(&self, content: BTreeMap<ContentKey, Bytes>) {
        self.content().kept.extend(content);
    }

    /// Refuses further content, or takes it again.
    pub fn set_full(&self, is_full: bool) {
        self.content().is_full = is_full;
    }

    /// Waits until what is kept is as wanted.
    pub async fn until(&self, wanted: impl Fn(&[ContentKey]) -> bool) {
        while !wanted(&self.keys()) {
            tokio::task::yield_now().await;
        }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // Invariant: each change is made at once.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The content, for whoever changes it and is its owner.
    fn owned(&self) -> Result<MutexGuard<'_, Content>, StorageError> {
        let content = self.content();
        if content.owner == self.owner {
            return Ok(content);
        }
        let kind = StorageErrorKind::Locked;
        Err(StorageError::new(
            kind,
            "another process has taken the shelf over",
        ))
    }
}

impl PayloadStorage for Shelf {
    fn put(&self, key: &ContentKey, content: &[u8]) -> Result<(), StorageError> {
        let mut held = self.owned()?;
        if held.is_full {
            let kind = StorageErrorKind::Unavailable;
            return Err(StorageError::new(kind, "the shelf is full"));
        }
        held.puts += 1;
        held.kept.insert(*key, Bytes::copy_from_slice(content));
        Ok(())
    }

    fn get(&self, key: &ContentKey) -> Result<Option<Bytes>, StorageError> {
        Ok(self.content().kept.get(key).cloned())
    }

    fn delete(&self, key: &ContentKey) -> Result<(), StorageError> {
        self.owned()?.kept.remove(key);
        Ok(())
    }

    fn list(
        &self,
        after: Option<&ContentKey>,
        limit: usize,
    ) -> Result<Vec<ContentKey>, StorageError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let content = self.content();
        let keys = content.kept.range((from, Bound::Unbounded)).take(limit);
        Ok(keys.map(|(key, _)| *key).collect())
    }
}
