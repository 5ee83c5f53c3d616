//! What is on a page, and which page is made by what.

use http::StatusCode;
use maud::Markup;

use super::{
    audit, bulk, bulk_job, bulk_jobs, code, failures, history, layout, overview, patches, queues,
    run, runs, schedule, schedules, store, tree, types,
};
use crate::{problem::Problem, route::Page, visit::Visit};

/// What is on a page.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// 200 unless something is wrong with what was asked for.
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    pub(crate) main: Markup,
}

impl Content {
    pub(super) fn new(title: impl Into<String>, main: Markup) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            main,
        }
    }
}

/// What is on a page at this moment.
pub(crate) async fn content(page: Page, visit: &Visit) -> Result<Content, Problem> {
    match page {
        Page::Overview => overview::content(visit).await,
        Page::Runs => runs::content(visit).await,
        Page::Run => run::content(visit).await,
        Page::History => history::content(visit).await,
        Page::Tree => tree::content(visit).await,
        Page::Code => code::content(visit).await,
        Page::Schedules => schedules::content(visit).await,
        Page::Schedule => schedule::content(visit).await,
        Page::Queues => queues::list(visit),
        Page::Queue => queues::one(visit),
        Page::Bulk => bulk::content(visit).await,
        Page::BulkJobs => bulk_jobs::content(visit).await,
        Page::BulkJob => bulk_job::content(visit).await,
        Page::Failures => failures::content(visit).await,
        Page::Types => types::content(visit).await,
        Page::Patches => patches::content(visit).await,
        Page::Store => store::content(visit).await,
        Page::Audit => audit::content(visit).await,
    }
}

/// A page whole.
pub(crate) async fn page(page: Page, visit: &Visit) -> Result<(StatusCode, Markup), Problem> {
    let content = content(page, visit).await?;
    Ok((content.status, layout::page(visit, page, &content)))
}
