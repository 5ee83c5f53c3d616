//! Lists of bulk jobs, page by page.

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    client::{ListRuns, ListRunsError, PageToken},
    model::bulk::{BULK_JOB_TYPE, bulk_job_of},
};

/// A list of bulk jobs that is about to be read; await it for its page.
///
/// Made by [`Engine::bulk_jobs`](crate::Engine::bulk_jobs).
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct ListBulkJobs {
    runs: ListRuns,
}

/// A page of a list of bulk jobs.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct BulkJobPage {
    /// The ids of the jobs on it.
    pub job_ids: Vec<String>,
    /// Where the list goes on; `None` if this was the last page.
    pub next: Option<PageToken>,
}

impl ListBulkJobs {
    /// The filter that the last run of each job passes.
    pub(crate) fn filter() -> String {
        format!("WorkflowType = '{BULK_JOB_TYPE}' AND ExecutionStatus != 'ContinuedAsNew'")
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

impl IntoFuture for ListBulkJobs {
    type Output = Result<BulkJobPage, ListRunsError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let page = self.runs.await?;
            let ids = page
                .runs
                .iter()
                .filter_map(|run| bulk_job_of(&run.workflow_id));
            Ok(BulkJobPage {
                job_ids: ids.map(str::to_owned).collect(),
                next: page.next,
            })
        })
    }
}
