//! A store whose deleted runs let go of what they have named.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    runtime::payloads::shelf::{Order, Shelf},
    storage::{Commit, CommitPart, StorageError, Store, StoreLayer},
};

/// A store in front of which somebody sees which runs are deleted.
#[derive(Debug)]
pub(super) struct KeptStore {
    #[debug(skip)]
    inner: Arc<dyn Store>,
    shelf: Arc<Shelf>,
}

impl KeptStore {
    pub(super) fn new(inner: Arc<dyn Store>, shelf: Arc<Shelf>) -> Self {
        Self { inner, shelf }
    }
}

impl StoreLayer for KeptStore {
    type Inner = dyn Store;

    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let parts = commits.iter().flat_map(Commit::parts);
        let mut let_go = Vec::new();
        for deleted in parts.filter_map(CommitPart::deleted) {
            match self.inner.payloads(deleted.run_id) {
                Ok(keys) => let_go.extend(keys),
                Err(error) => {
                    // What it has named is found when an engine starts.
                    tracing::warn!(%error, run_id = %deleted.run_id, "what a run names cannot be read");
                }
            }
        }
        self.inner.commit(commits)?;
        // Durability: nobody deletes content before the store has forgotten who named it.
        for key in let_go {
            self.shelf.order(Order::LetGo(key));
        }
        Ok(())
    }

    fn commits_briefly(&self) -> bool {
        self.inner.commits_briefly()
    }
}
