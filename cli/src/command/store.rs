//! `store …`: looks after a store that no engine runs on.

use std::{borrow::Cow, path::Path, time::Duration};

use futures::executor::block_on;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sempre::storage::{SledOptions, SledStore};
use sempre_console::json;
use serde_json::{Value, json};

use super::{Call, Source};
use crate::{
    CommandError, Exit, Terminal,
    arguments::StoreCommand,
    cold::{self, Cold},
    look,
    table::Rows,
    text,
};

pub(super) fn store(at: Call<'_, '_>, command: StoreCommand) -> Result<Exit, CommandError> {
    match command {
        StoreCommand::Stats => stats(at),
        StoreCommand::Check => check(at),
        StoreCommand::Compact => compact(at),
    }
}

fn stats(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let value = match at.source()? {
        Source::Live(console) => console.get("store", &[])?,
        Source::Cold(cold) => json::store(&block_on(cold.runs.report(Cold::now()))?),
    };
    at.answer(&value, |terminal, value| {
        let size = |place: &str| text::bytes(look::number(value, place));
        let mut lines = Vec::new();
        if value.get("files").is_some_and(Value::is_object) {
            lines.push(format!("data         {}", size("/files/settled_bytes")));
            lines.push(format!("journal      {}", size("/files/journal_bytes")));
        }
        lines.push(format!(
            "open runs    {}",
            look::number(value, "/open_runs")
        ));
        lines.push(format!(
            "closed runs  {}",
            look::number(value, "/closed/runs")
        ));
        lines.push(String::new());
        let mut ages = Rows::new(terminal, &["CLOSED", "RUNS", "HISTORIES"]);
        let mut from = 0.0;
        for group in look::list(value, "/by_age") {
            let until = look::fraction(group, "/younger_than") / 86_400.0;
            let age = if until > 0.0 {
                format!("{from} to {until} days ago")
            } else {
                format!("more than {from} days ago")
            };
            held(&mut ages, &age, group.get("held").unwrap_or(&Value::Null));
            from = until;
        }
        lines.push(ages.told());
        let mut types = Rows::new(terminal, &["TYPE", "RUNS", "HISTORIES"]);
        let mut by_type = look::pairs(value, "/by_type").peekable();
        if by_type.peek().is_some() {
            by_type.for_each(|(name, it)| held(&mut types, name, it));
            lines.extend([String::new(), types.told()]);
        }
        lines.join("\n")
    })
}

fn held(table: &mut Rows, name: &str, held: &Value) {
    table.add([
        name.into(),
        look::number(held, "/runs").into(),
        text::bytes(look::number(held, "/history_bytes")).into(),
    ]);
}

/// The folder of the store, which these commands need.
fn folder<'c>(at: &Call<'c, '_>) -> Result<&'c Path, CommandError> {
    let path = at.place.store.as_deref().ok_or_else(|| {
        CommandError::usage("which store? Give its folder with --store; no engine may run on it")
    })?;
    cold::expect_store(path)?;
    Ok(path)
}

fn check(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let cold = Cold::open(folder(&at)?)?;
    let total = cold.runs.iter().count();
    let progress = progress(at.terminal, total as u64, "runs are read");
    let (mut checked, mut damaged) = (0_u64, Vec::new());
    for run in cold.runs.iter() {
        let run = run?;
        checked += 1;
        progress.inc(1);
        let entry = run.damage.as_deref().map(Cow::Borrowed);
        let records = cold.runs.check(run.run_id).err();
        let cause = entry.or_else(|| records.map(|error| error.to_string().into()));
        if let Some(cause) = cause {
            damaged.push(json!({
                "workflow_id": run.workflow_id.as_str(),
                "run_id": run.run_id.to_string(),
                "damage": cause,
            }));
        }
    }
    progress.finish_and_clear();
    let exit = if damaged.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    };
    let value = json!({ "checked_runs": checked, "damaged": damaged });
    at.answer(&value, |terminal, value| {
        let damaged = look::list(value, "/damaged");
        let checked = look::number(value, "/checked_runs");
        let said = format!("{checked} runs were read, {} are damaged", damaged.len());
        if damaged.is_empty() {
            return said;
        }
        let mut table = Rows::new(terminal, &["WORKFLOW ID", "RUN ID", "DAMAGE"]);
        for it in damaged {
            table.add(
                ["/workflow_id", "/run_id", "/damage"].map(|place| look::text(it, place).into()),
            );
        }
        format!("{said}\n\n{}", table.told())
    })?;
    Ok(exit)
}

fn compact(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let path = folder(&at)?;
    let spinner = spinner(at.terminal, "the store is written anew");
    let compaction = SledStore::compact(path, SledOptions::default()).map_err(cold::of_store);
    spinner.finish_and_clear();
    let compaction = compaction?;
    let value = json!({
        "bytes_before": compaction.bytes_before,
        "bytes_after": compaction.bytes_after,
    });
    at.answer(&value, |_, value| {
        let size = |place: &str| text::bytes(look::number(value, place));
        format!(
            "{} before, {} now",
            size("/bytes_before"),
            size("/bytes_after")
        )
    })
}

/// A bar for work of this length, where somebody sees it.
pub(super) fn progress(terminal: &Terminal<'_>, length: u64, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {msg}, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(length), target(terminal)).with_message(message);
    // The template is one of ours.
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A sign of life of work whose length nobody knows.
fn spinner(terminal: &Terminal<'_>, message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, target(terminal)).with_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

fn target(terminal: &Terminal<'_>) -> ProgressDrawTarget {
    if terminal.shows_progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}
