//! Lists of what an engine keeps as workflows of its own, page by page: schedules, and bulk jobs.

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::client::{ListRuns, ListRunsError, PageToken};

/// A list of schedules, or of bulk jobs, that is about to be read; await it for its page.
///
/// Made by [`Engine::schedules`](crate::Engine::schedules) and
/// [`Engine::bulk_jobs`](crate::Engine::bulk_jobs).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct ListIds {
    runs: ListRuns,
    /// What the ids of their workflows begin with.
    prefix: &'static str,
}

/// A page of such a list.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct IdPage {
    /// The ids on it.
    pub ids: Vec<String>,
    /// Where the list goes on; `None` if this was the last page.
    pub next: Option<PageToken>,
}

impl ListIds {
    /// The ids behind this prefix of the runs in a list.
    pub(crate) fn new(runs: ListRuns, prefix: &'static str) -> Self {
        Self { runs, prefix }
    }

    /// The same list with pages of this size: 100 by default, at least 1 and at most 1,000.
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.runs = self.runs.page_size(page_size);
        self
    }

    /// The page after this token instead of the first one.
    pub fn after(mut self, token: PageToken) -> Self {
        self.runs = self.runs.after(token);
        self
    }
}

impl IntoFuture for ListIds {
    type Output = Result<IdPage, ListRunsError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let page = self.runs.await?;
            let ids = page.runs.iter().filter_map(|run| {
                let id = run.workflow_id.as_str().strip_prefix(self.prefix);
                id.map(str::to_owned)
            });
            Ok(IdPage {
                ids: ids.collect(),
                next: page.next,
            })
        })
    }
}
