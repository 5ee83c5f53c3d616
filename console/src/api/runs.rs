//! Lists and counts of runs.

use std::str::FromStr as _;

use sempre::client::{PageToken, RunPage};
use serde_json::Value;

use super::json::{run_count, run_page};
use crate::{problem::Problem, visit::Visit};

/// How many runs a page has where nothing else is said.
const PAGE_SIZE: usize = 50;

/// The page of runs that a request asks for: by `filter`, `page` and `size`.
pub(crate) async fn page(visit: &Visit) -> Result<RunPage, Problem> {
    let filter = visit.fields.text("filter").unwrap_or_default();
    let size = visit.fields.text("size").map(usize::from_str).transpose();
    let size = size.map_err(|_| Problem::bad_request("size is not a number"))?;
    let list = visit.console.source.list(filter);
    let list = list.page_size(size.unwrap_or(PAGE_SIZE));
    let list = match visit.fields.text("page") {
        None => list,
        Some(token) => list.after(page_token(token)?),
    };
    Ok(list.await?)
}

/// The token that a text is.
pub(crate) fn page_token(text: &str) -> Result<PageToken, Problem> {
    text.parse()
        .map_err(|error: sempre::client::InvalidPageToken| Problem::bad_request(error.to_string()))
}

pub(super) async fn list(visit: &Visit) -> Result<Value, Problem> {
    Ok(run_page(&page(visit).await?))
}

pub(super) async fn count(visit: &Visit) -> Result<Value, Problem> {
    let filter = visit.fields.text("filter").unwrap_or_default();
    Ok(run_count(&visit.console.source.count(filter).await?))
}
