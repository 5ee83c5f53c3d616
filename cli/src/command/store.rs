//! `store …`: looks after a store.

use std::path::Path;

use futures::executor::block_on;
use sempre::storage::{SledOptions, SledStore};
use sempre_console::json;
use serde_json::{Value, json};

use super::{Call, Source, backup, check};
use crate::{
    CommandError, Exit,
    arguments::StoreCommand,
    cold::{self, Cold},
    look, progress,
    table::Rows,
    text,
};

pub(super) fn store(at: Call<'_, '_>, command: &StoreCommand) -> Result<Exit, CommandError> {
    match command {
        StoreCommand::Stats => stats(at),
        StoreCommand::Check => check::check(at),
        StoreCommand::Backup(order) => backup::backup(at, order),
        StoreCommand::Backups { from } => backup::backups(at, from),
        StoreCommand::Restore(order) => backup::restore(at, order),
        StoreCommand::Repair => check::repair(at),
        StoreCommand::Migrate => migrate(at),
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
pub(super) fn folder<'c>(at: &Call<'c, '_>) -> Result<&'c Path, CommandError> {
    let path = at.place.store.as_deref().ok_or_else(|| {
        CommandError::usage("which store? Give its folder with --store; no engine may run on it")
    })?;
    cold::expect_store(path)?;
    Ok(path)
}

/// Opening a store says whether its format is one that this release reads; there is one so far.
fn migrate(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let path = folder(&at)?;
    drop(SledStore::open(path, SledOptions::default()).map_err(cold::of_store)?);
    let value = json!({
        "format_before": SledStore::FORMAT,
        "format": SledStore::FORMAT,
        "newest_format": SledStore::FORMAT,
    });
    at.answer(&value, |_, value| {
        let format = look::number(value, "/format");
        format!("the store has format {format}, which is the newest; nothing was changed")
    })
}

fn compact(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let path = folder(&at)?;
    let spinner = progress::spinner(at.terminal, "the store is written anew");
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
