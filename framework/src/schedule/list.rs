//! Lists of schedules, page by page.

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    client::{ListRuns, ListRunsError, PageToken},
    model::schedule::{SCHEDULER_PREFIX, SCHEDULER_TYPE},
};

/// A list of schedules that is about to be read; await it for its page.
///
/// Made by [`Engine::schedules`](crate::Engine::schedules).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct ListSchedules {
    runs: ListRuns,
}

/// A page of a list of schedules.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct SchedulePage {
    /// The ids of the schedules on it.
    pub schedule_ids: Vec<String>,
    /// Where the list goes on; `None` if this was the last page.
    pub next: Option<PageToken>,
}

impl ListSchedules {
    /// The filter that the runs of schedules pass.
    pub(crate) fn filter() -> String {
        format!("WorkflowType = '{SCHEDULER_TYPE}' AND ExecutionStatus = 'Running'")
    }

    pub(crate) fn new(runs: ListRuns) -> Self {
        Self { runs }
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

impl IntoFuture for ListSchedules {
    type Output = Result<SchedulePage, ListRunsError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let page = self.runs.await?;
            let ids = page.runs.iter().filter_map(|run| {
                let id = run.workflow_id.as_str().strip_prefix(SCHEDULER_PREFIX);
                id.map(str::to_owned)
            });
            Ok(SchedulePage {
                schedule_ids: ids.collect(),
                next: page.next,
            })
        })
    }
}
