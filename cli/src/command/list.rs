//! `list` and `count`: which runs there are.

use futures::executor::block_on;
use sempre::client::{InvalidPageToken, PageToken};
use sempre_console::json;
use serde_json::{Value, json};

use super::{Call, Source};
use crate::{
    CommandError, Exit, Terminal,
    arguments::{Count, List},
    look,
    table::{Field, Rows},
    text,
};

/// Bound: runs that a console is asked for at a time.
const PAGE: usize = 500;

pub(super) fn list(mut at: Call<'_, '_>, list: &List) -> Result<Exit, CommandError> {
    let (source, mut page) = (at.source()?, list.page.clone());
    let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
    let mut runs: Vec<Value> = Vec::new();
    // Bound: each turn has the next page, until there are enough runs or no more pages.
    loop {
        let size = PAGE.min(limit - runs.len());
        let mut found = of(&source, &list.filter, size, page.as_deref())?;
        page = found.get("next").and_then(Value::as_str).map(str::to_owned);
        if let Some(Value::Array(found)) = found.get_mut("runs") {
            runs.append(found);
        }
        if page.is_none() || runs.len() >= limit {
            break;
        }
    }
    let value = json!({ "runs": runs, "next": page });
    let exit = at.answer(&value, told)?;
    if let (Some(page), false) = (page, at.is_json()) {
        at.terminal
            .note(&format!("there are more: --page {page}"))?;
    }
    Ok(exit)
}

/// A page of the runs that a filter matches.
pub(super) fn of(
    source: &Source,
    filter: &str,
    size: usize,
    page: Option<&str>,
) -> Result<Value, CommandError> {
    match source {
        Source::Live(console) => {
            let size = size.to_string();
            let fields = [
                ("filter", filter),
                ("size", &size),
                ("page", page.unwrap_or_default()),
            ];
            console.get("runs", &fields)
        }
        Source::Cold(cold) => {
            let list = cold.runs.list(filter).page_size(size);
            let list = match page {
                None => list,
                Some(page) => list.after(token(page)?),
            };
            Ok(json::runs(&block_on(list.into_future())?))
        }
    }
}

fn token(text: &str) -> Result<PageToken, CommandError> {
    let token = text.parse();
    token.map_err(|error: InvalidPageToken| CommandError::new(Exit::Refused, error.to_string()))
}

fn told(terminal: &Terminal<'_>, value: &Value) -> String {
    let runs = look::list(value, "/runs");
    if runs.is_empty() {
        return text::faint("no runs");
    }
    table(terminal, runs)
}

/// A table of runs.
pub(super) fn table(terminal: &Terminal<'_>, runs: &[Value]) -> String {
    let columns = [
        "STATUS",
        "WORKFLOW ID",
        "TYPE",
        "STARTED (UTC)",
        "TOOK",
        "RUN ID",
    ];
    let mut table = Rows::new(terminal, &columns);
    for run in runs {
        let (started, closed) = (
            look::text(run, "/started_at"),
            look::text(run, "/closed_at"),
        );
        table.add([
            Field::State(text::status(look::text(run, "/status"))),
            look::text(run, "/workflow_id").into(),
            look::text(run, "/workflow_type").into(),
            text::time(started).into(),
            text::between(started, closed).into(),
            look::text(run, "/run_id").into(),
        ]);
    }
    table.told()
}

pub(super) fn count(mut at: Call<'_, '_>, count: &Count) -> Result<Exit, CommandError> {
    let value = match at.source()? {
        Source::Live(console) => console.get("count", &[("filter", &count.filter)])?,
        Source::Cold(cold) => json::count(&block_on(cold.runs.count(&count.filter))?),
    };
    at.answer(&value, |terminal, value| {
        let total = look::number(value, "/total");
        let mut by_status = look::pairs(value, "/by_status").peekable();
        if by_status.peek().is_none() {
            return total.to_string();
        }
        let mut table = Rows::new(terminal, &["STATUS", "RUNS"]);
        for (status, count) in by_status {
            let count = count.as_u64().unwrap_or_default();
            table.add([Field::State(text::status(status)), count.into()]);
        }
        table.add(["all".into(), total.into()]);
        table.told()
    })
}
