//! `export` and `import`: histories as Temporal writes them.

use std::{fs, path::Path};

use sempre::model::{EventAttributes, History};
use sempre_temporal::{TemporalHistory, read_histories};
use serde_json::{Value, json};

use super::{Call, Source, list};
use crate::{
    CommandError, Exit,
    arguments::{Export, Import},
    look,
    progress::{self, Counts},
    table::{Field, Rows},
    text,
};

/// Bound: runs that are listed at a time.
const PAGE: usize = 500;

pub(super) fn export(at: Call<'_, '_>, export: &Export) -> Result<Exit, CommandError> {
    let source = at.source()?;
    if let (Some(filter), Some(folder)) = (&export.filter, &export.to) {
        return all(at, &source, filter, folder);
    }
    let id = export.id.as_deref().unwrap_or_default();
    let history = one(&source, id, export.run.as_deref())?;
    let Some(path) = &export.to else {
        at.terminal.tell(&history)?;
        return Ok(Exit::Done);
    };
    write(path, &history)?;
    done(at, &[path.display().to_string()])
}

/// A history as Temporal's JSON.
fn one(source: &Source, id: &str, run: Option<&str>) -> Result<Value, CommandError> {
    match source {
        Source::Live(console) => {
            let run = run.unwrap_or_default();
            let fields = [("id", id), ("run", run), ("payloads", "show")];
            let told = console.get("temporal-history", &fields);
            told.map_err(|error| match error {
                CommandError { message, .. } if message.contains("no such page") => {
                    CommandError::new(
                        Exit::Refused,
                        "this console writes no histories; build it with the feature temporal",
                    )
                }
                other => other,
            })
        }
        Source::Cold(cold) => {
            let history = cold.history(id, run)?;
            let exported = TemporalHistory::from_history(&history);
            let exported =
                exported.map_err(|error| CommandError::new(Exit::Refused, error.to_string()))?;
            Ok(exported.to_json())
        }
    }
}

/// The histories of all runs that a filter matches, each in a file that is named by its ids.
fn all(
    at: Call<'_, '_>,
    source: &Source,
    filter: &str,
    folder: &Path,
) -> Result<Exit, CommandError> {
    let mut runs: Vec<Value> = Vec::new();
    let mut page = None;
    // Bound: each turn has the next page of runs.
    loop {
        let mut found = list::of(source, filter, PAGE, page.as_deref())?;
        page = found.get("next").and_then(Value::as_str).map(str::to_owned);
        if let Some(Value::Array(found)) = found.get_mut("runs") {
            runs.append(found);
        }
        if page.is_none() {
            break;
        }
    }
    fs::create_dir_all(folder).map_err(|error| of_file(folder, &error))?;
    let progress = progress::bar(
        at.terminal,
        runs.len() as u64,
        Counts::Things,
        "histories are written",
    );
    let mut files = Vec::new();
    for run in &runs {
        let [id, run_id] = ["/workflow_id", "/run_id"].map(|place| look::text(run, place));
        let path = folder.join(format!("{}_{run_id}.json", file_name(id)));
        write(&path, &one(source, id, Some(run_id))?)?;
        files.push(path.display().to_string());
        progress.inc(1);
    }
    progress.finish_and_clear();
    done(at, &files)
}

/// An id as part of the name of a file.
fn file_name(id: &str) -> String {
    let letters = id.chars().map(|it| match it {
        it if it.is_ascii_alphanumeric() || "-_.".contains(it) => it,
        _ => '_',
    });
    letters.take(100).collect()
}

fn write(path: &Path, history: &Value) -> Result<(), CommandError> {
    fs::write(path, format!("{history:#}\n")).map_err(|error| of_file(path, &error))
}

fn of_file(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::new(
        Exit::Refused,
        format!("cannot write {}: {error}", path.display()),
    )
}

fn done(mut at: Call<'_, '_>, files: &[String]) -> Result<Exit, CommandError> {
    at.answer(&json!({ "files": files }), |_, value| {
        match look::list(value, "/files") {
            [] => text::faint("no runs"),
            [file] => text::value(file),
            files => format!("{} files were written", files.len()),
        }
    })
}

pub(super) fn import(mut at: Call<'_, '_>, import: &Import) -> Result<Exit, CommandError> {
    let mut files = Vec::new();
    for path in &import.files {
        let name = path.display().to_string();
        match read_histories(path) {
            Ok(histories) => {
                for history in histories.iter().map(TemporalHistory::history) {
                    files.push(json!({
                        "file": name,
                        "workflow_type": workflow_type(&history),
                        "events": history.len(),
                        "error": null,
                    }));
                }
            }
            Err(reason) => files.push(json!({ "file": name, "error": reason.to_string() })),
        }
    }
    let is_refused = files
        .iter()
        .any(|file| !look::text(file, "/error").is_empty());
    at.answer(&json!({ "files": files }), |terminal, value| {
        let mut table = Rows::new(terminal, &["FILE", "STATE", "TYPE", "EVENTS", "ERROR"]);
        for file in look::list(value, "/files") {
            let error = look::text(file, "/error");
            let state = if error.is_empty() { "ok" } else { "failed" };
            table.add([
                look::text(file, "/file").into(),
                Field::State(state.to_owned()),
                look::text(file, "/workflow_type").into(),
                look::number(file, "/events").into(),
                error.into(),
            ]);
        }
        table.told()
    })?;
    Ok(if is_refused {
        Exit::Refused
    } else {
        Exit::Done
    })
}

fn workflow_type(history: &History) -> &str {
    match history.attributes().next() {
        Some(EventAttributes::WorkflowExecutionStarted(started)) => started.workflow_type.as_str(),
        _ => "",
    }
}
