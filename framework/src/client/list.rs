//! Lists of runs, page by page.

use std::sync::Arc;

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    actor::Refusal,
    client::{
        ListRunsError, ListedRun, PageToken,
        directory::{self, RunDirectory, RunEntries, Search},
    },
    model::{Namespace, RunId, SearchAttributeSchema},
    storage::RunEntry,
    visibility::{Filter, Hidden, Schema, Sieve},
};

/// The size of a page where none is given.
const PAGE_SIZE: usize = 100;
/// Bound: runs on a page, which are in memory at once.
const PAGE_SIZE_MAX: usize = 1_000;

/// A list of runs that is about to be read; await it for its page.
///
/// Made by [`Engine::list`](crate::Engine::list).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct ListRuns {
    #[debug(skip)]
    directory: Arc<dyn RunDirectory>,
    namespace: Namespace,
    schema: SearchAttributeSchema,
    filter: String,
    page_size: usize,
    after: Option<PageToken>,
}

/// A page of a list.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct RunPage {
    /// The runs on it, the latest first.
    pub runs: Vec<ListedRun>,
    /// Where the list goes on; `None` if this was the last page.
    pub next: Option<PageToken>,
}

impl ListRuns {
    pub(crate) fn new(
        directory: Arc<dyn RunDirectory>,
        namespace: Namespace,
        schema: SearchAttributeSchema,
        filter: String,
    ) -> Self {
        Self {
            directory,
            namespace,
            schema,
            filter,
            page_size: PAGE_SIZE,
            after: None,
        }
    }

    /// The same list with pages of this size: 100 by default, at least 1 and at most 1,000.
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.page_size = page_size.clamp(1, PAGE_SIZE_MAX);
        self
    }

    /// The page after this token instead of the first one.
    pub fn after(mut self, token: PageToken) -> Self {
        self.after = Some(token);
        self
    }

    async fn read(self) -> Result<RunPage, ListRunsError> {
        let filter = Filter::parse(&self.filter, &Schema::with(&self.schema))?;
        if filter.is_grouped() {
            return Err(ListRunsError::Grouped);
        }
        let before = match self.after {
            Some(token) => Some(
                token
                    .before(&self.filter)
                    .ok_or(ListRunsError::OtherFilter)?,
            ),
            None => None,
        };
        let size = self.page_size;
        let hidden = Hidden::of(&self.filter, self.namespace);
        let search = Search::by(Sieve::of(&filter)).without(hidden.clone());
        let passes = move |run: &RunEntry| !hidden.hides(run) && filter.matches(run);
        let find = move |entries: RunEntries<'_>| page(entries, passes, size);
        let found = directory::look(&*self.directory, search.before(before), find);
        let (runs, last) = found.await?;
        let next = last.map(|last| PageToken::new(&self.filter, last));
        Ok(RunPage { runs, next })
    }
}

/// The runs that fill a page, and the last of them if there may be more.
pub(super) fn page(
    entries: RunEntries<'_>,
    passes: impl Fn(&RunEntry) -> bool,
    size: usize,
) -> Result<(Vec<ListedRun>, Option<RunId>), Refusal> {
    let mut runs: Vec<ListedRun> = Vec::new();
    for entry in entries {
        let entry = entry?;
        if !passes(&entry) {
            continue;
        }
        if runs.len() == size {
            let last = runs.last().map(|run| run.run_id);
            return Ok((runs, last));
        }
        runs.push(entry.into());
    }
    Ok((runs, None))
}

impl IntoFuture for ListRuns {
    type Output = Result<RunPage, ListRunsError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.read())
    }
}
