//! What can be chosen about a sled store.

/// What a commit has survived once it has returned.
///
/// # Examples
/// ```
/// use sempre::{Durability, storage::SledOptions};
///
/// let fast = SledOptions::default().durability(Durability::Deferred);
/// assert_ne!(fast, SledOptions::default());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Also a power cut: each call to commit ends with one `fdatasync`. The default.
    #[default]
    Fsync,
    /// The death of the process, and of a power cut all but about the last half second.
    ///
    /// Dropping the store syncs everything. What a power cut takes is always the end: never part
    /// of a commit, and never one commit without those before it.
    Deferred,
}

/// How a sled store is opened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SledOptions {
    /// What a commit has survived once it has returned. Default: [`Durability::Fsync`].
    pub durability: Durability,
    /// The memory that recently used pages may take. Default: 64 MiB. It fills up over time.
    ///
    /// An engine is a guest in a service. What it writes goes through the journal, and a run that is
    /// in memory is not read, so the cache serves runs that come back to memory; what it does not
    /// hold is read from the file again, which the operating system caches as well. Raise it where
    /// many runs come and go.
    pub cache_capacity_bytes: u64,
    /// What the journal may hold before records are put to their place, which takes as much
    /// memory, as much of the disk, and as much reading after a crash. Default: 16 MiB.
    ///
    /// Twice as much at most, when a disk is slower than its writers, and what one call commits
    /// besides. A larger one makes busy stores faster and their files larger.
    pub journal_capacity_bytes: usize,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            cache_capacity_bytes: 64 * 1024 * 1024,
            journal_capacity_bytes: 16 * 1024 * 1024,
        }
    }
}

impl SledOptions {
    /// The same options with this promise about returned commits.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The same options with this much memory for recently used pages.
    #[must_use]
    pub fn cache_capacity_bytes(mut self, bytes: u64) -> Self {
        self.cache_capacity_bytes = bytes;
        self
    }

    /// The same options with so many bytes for the journal.
    #[must_use]
    pub fn journal_capacity_bytes(mut self, bytes: usize) -> Self {
        self.journal_capacity_bytes = bytes;
        self
    }
}
