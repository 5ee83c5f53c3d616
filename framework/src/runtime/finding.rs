//! Where those find runs who do not hold the engine: bulk jobs.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    client::{RunDirectory, RunFinder, StoredRuns},
    model::Namespaces,
    storage::Store,
};

/// The runs of an engine, for those who find them by a [`RunFinder`] as long as this is kept.
#[derive(Debug)]
pub(super) struct Finding {
    #[debug(skip)]
    _directory: Arc<dyn RunDirectory>,
    finder: RunFinder,
}

impl Finding {
    /// The runs of this directory.
    pub(super) fn of(directory: Arc<dyn RunDirectory>, namespaces: &Namespaces) -> Self {
        Self {
            finder: RunFinder::new(&directory, namespaces.clone()),
            _directory: directory,
        }
    }

    /// The runs of this store, which are read on the thread of whoever looks for them.
    pub(super) fn of_store(store: &Arc<dyn Store>, namespaces: &Namespaces) -> Self {
        let store = Arc::<dyn Store>::clone(store);
        Self::of(Arc::new(StoredRuns::new(store)), namespaces)
    }

    /// The way to them.
    pub(super) fn finder(&self) -> RunFinder {
        self.finder.clone()
    }
}
