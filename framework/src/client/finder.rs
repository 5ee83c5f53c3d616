//! The runs that a bulk job is about, found for those who do not hold the engine.

use std::sync::{Arc, Weak};

use derive_more::Debug;

use crate::{
    actor::{Outage, Refusal},
    client::{
        ListRunsError, ListedRun,
        directory::{self, RunDirectory, RunEntries, Search},
        list,
    },
    model::{Namespace, Namespaces, RunId},
    storage::RunEntry,
    visibility::{Filter, Hidden, Schema, Sieve},
};

/// A way to the runs of an engine that keeps nothing of it alive. A cheap clone.
///
/// Runs of the engine's own workflows are never among them, whether or not a filter names them.
#[derive(Clone, Debug)]
pub(crate) struct RunFinder {
    #[debug(skip)]
    directory: Weak<dyn RunDirectory>,
    namespaces: Namespaces,
    namespace: Namespace,
}

impl RunFinder {
    /// A way to the runs of this directory that are of the default namespace of these.
    pub(crate) fn new(directory: &Arc<dyn RunDirectory>, namespaces: Namespaces) -> Self {
        Self {
            directory: Arc::downgrade(directory),
            namespaces,
            namespace: Namespace::default(),
        }
    }

    /// A way to those of this namespace.
    pub(crate) fn within(&self, namespace: &Namespace) -> Self {
        Self {
            namespace: namespace.clone(),
            ..self.clone()
        }
    }

    fn directory(&self) -> Result<Arc<dyn RunDirectory>, Refusal> {
        let directory = self.directory.upgrade();
        directory.ok_or(Refusal::Unavailable(Outage::ShuttingDown))
    }

    /// Which runs pass this filter, which is one that a list can have.
    pub(crate) fn filter(
        &self,
        filter: &str,
    ) -> Result<(Search, impl Fn(&RunEntry) -> bool + Send + use<>), ListRunsError> {
        let schema = &self.namespaces.rules(&self.namespace).schema;
        let filter = Filter::parse(filter, &Schema::with(schema))?;
        if filter.is_grouped() {
            return Err(ListRunsError::Grouped);
        }
        let hidden = Hidden::all(self.namespace.clone());
        let search = Search::by(Sieve::of(&filter)).without(hidden.clone());
        let passes = move |run: &RunEntry| !hidden.hides(run) && filter.matches(run);
        Ok((search, passes))
    }

    /// Up to so many runs that began before this one, the latest first, and the last of them if there
    /// may be more.
    pub(crate) async fn find(
        &self,
        filter: &str,
        before: RunId,
        size: usize,
    ) -> Result<(Vec<ListedRun>, Option<RunId>), ListRunsError> {
        let (search, passes) = self.filter(filter)?;
        let find = move |entries: RunEntries<'_>| list::page(entries, passes, size);
        let search = search.before(Some(before));
        Ok(directory::look(&*self.directory()?, search, find).await?)
    }

    /// How many runs there are, and the latest of them.
    pub(crate) async fn sample(
        &self,
        filter: &str,
        size: usize,
    ) -> Result<(u64, Vec<ListedRun>), ListRunsError> {
        let (search, passes) = self.filter(filter)?;
        let find = move |entries: RunEntries<'_>| {
            let (mut count, mut sample) = (0, Vec::new());
            for entry in entries {
                let entry = entry?;
                if passes(&entry) {
                    count += 1;
                    if sample.len() < size {
                        sample.push(entry.into());
                    }
                }
            }
            Ok((count, sample))
        };
        Ok(directory::look(&*self.directory()?, search, find).await?)
    }
}
