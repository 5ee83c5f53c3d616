//! A store whose writes go through a function of the test.

use derive_more::Debug;

use crate::storage::{Commit, StorageError, Store, StoreLayer};

/// A store whose writes go through a function; reads go to the store behind it.
///
/// For tests that look at what is written, or decide about it. See
/// [`FaultStore`](crate::testing::FaultStore) for one that fails and waits on demand.
///
/// # Examples
/// ```
/// use sempre::{
///     storage::{MemoryStore, WriteStore as _},
///     testing::InterceptedStore,
/// };
///
/// let store = InterceptedStore::new(MemoryStore::new(), |inner: &MemoryStore, commits| {
///     assert!(commits.is_empty(), "nothing else is expected");
///     inner.commit(commits)
/// });
/// assert!(store.commit(&[]).is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct InterceptedStore<S, F> {
    inner: S,
    #[debug(skip)]
    commit: F,
}

impl<S, F> InterceptedStore<S, F>
where
    F: Fn(&S, &[Commit]) -> Result<(), StorageError>,
{
    /// A store that gives this function what is to be committed, and the store behind it.
    pub fn new(inner: S, commit: F) -> Self {
        Self { inner, commit }
    }
}

impl<S, F> StoreLayer for InterceptedStore<S, F>
where
    S: Store,
    F: Fn(&S, &[Commit]) -> Result<(), StorageError> + Send + Sync + 'static,
{
    type Inner = S;

    fn inner(&self) -> &S {
        &self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        (self.commit)(&self.inner, commits)
    }
}
