//! `patches`, `types`, `health` and `audit`: what an engine and its console say of themselves.

use std::time::Duration;

use serde_json::Value;

use super::Call;
use crate::{
    CommandError, Exit, Terminal, look,
    table::{Field, Rows},
    text,
};

pub(super) fn patches(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let value = at.live()?.get("patches", &[])?;
    at.answer(&value, |terminal, value| {
        let patches = look::list(value, "/patches");
        if patches.is_empty() {
            return text::faint("no patches");
        }
        let columns = [
            "PATCH",
            "WORKFLOW",
            "OPEN, NEW WAY",
            "OPEN, PERHAPS OLD WAY",
            "WHAT TO DO",
        ];
        let mut table = Rows::new(terminal, &columns);
        for patch in patches {
            let (new, old) = (
                look::number(patch, "/new_way"),
                look::number(patch, "/old_way"),
            );
            let advice = match (old, new) {
                (0, 0) => "remove it from the code",
                (0, _) => "use deprecate_patch",
                _ => "keep both ways",
            };
            table.add([
                look::text(patch, "/patch_id").into(),
                look::text(patch, "/workflow_type").into(),
                new.into(),
                old.into(),
                advice.into(),
            ]);
        }
        table.told()
    })
}

pub(super) fn types(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let value = at.live()?.get("types", &[])?;
    at.answer(&value, |terminal, value| {
        let names = |value: &Value, place: &str| -> String {
            let names = look::list(value, place).iter().map(text::value);
            names.collect::<Vec<_>>().join(", ")
        };
        let columns = [
            "WORKFLOW", "VERSION", "SIGNALS", "QUERIES", "UPDATES", "P50", "P99", "FAILED",
        ];
        let mut workflows = Rows::new(terminal, &columns);
        for it in look::list(value, "/workflows") {
            workflows.add([
                look::text(it, "/workflow_type").into(),
                look::number(it, "/version").into(),
                names(it, "/signals").into(),
                names(it, "/queries").into(),
                names(it, "/updates").into(),
                Field::Number(lasted(it, "/recent/p50")),
                Field::Number(lasted(it, "/recent/p99")),
                Field::Number(failed(it)),
            ]);
        }
        let mut activities = Rows::new(terminal, &["ACTIVITY", "TASK QUEUE"]);
        for it in look::list(value, "/activities") {
            let names = ["/activity_type", "/task_queue"].map(|place| look::text(it, place));
            activities.add(names.map(Field::from));
        }
        let mut attributes = Rows::new(terminal, &["SEARCH ATTRIBUTE", "TYPE"]);
        for it in look::list(value, "/search_attributes") {
            attributes.add(["/name", "/type"].map(|place| look::text(it, place).into()));
        }
        [workflows, activities, attributes]
            .map(|it| it.told())
            .join("\n\n")
    })
}

/// How long the latest runs of a type took, if there are any.
fn lasted(it: &Value, place: &str) -> String {
    let seconds = it.pointer(place).and_then(Value::as_f64);
    let lasted = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    lasted.map(text::duration).unwrap_or_default()
}

/// How many of them failed.
fn failed(it: &Value) -> String {
    match look::number(it, "/recent/runs") {
        0 => String::new(),
        runs => format!("{} of {runs}", look::number(it, "/recent/failed")),
    }
}

pub(super) fn health(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let value = at.live()?.get("health", &[])?;
    at.answer(&value, stands)?;
    Ok(if look::is_set(&value, "/is_healthy") {
        Exit::Done
    } else {
        Exit::Unavailable
    })
}

fn stands(terminal: &Terminal<'_>, value: &Value) -> String {
    let state = match (
        look::is_set(value, "/is_healthy"),
        look::text(value, "/failure"),
    ) {
        (true, _) => text::colored("healthy", Some(anstyle::AnsiColor::Green)),
        (false, "") => text::colored("not responding", Some(anstyle::AnsiColor::Red)),
        (false, failure) => text::colored(&text::printable(failure), Some(anstyle::AnsiColor::Red)),
    };
    let mut queues = Rows::new(terminal, &["TASK QUEUE", "RUNNING", "SLOTS", "WAITING"]);
    for queue in look::list(value, "/task_queues") {
        queues.add([
            look::text(queue, "/task_queue").into(),
            look::number(queue, "/attempts").into(),
            look::number(queue, "/max_attempts").into(),
            look::number(queue, "/waiting").into(),
        ]);
    }
    let counts = format!(
        "{} requests in progress, {} quarantined",
        look::number(value, "/requests"),
        look::number(value, "/quarantined")
    );
    format!("{state}, {counts}\n\n{}", queues.told())
}

pub(super) fn audit(mut at: Call<'_, '_>, page: Option<&str>) -> Result<Exit, CommandError> {
    let page = [("page", page.unwrap_or_default())];
    let value = at.live()?.get("audit", &page)?;
    let next = look::text(&value, "/next").to_owned();
    let exit = at.answer(&value, |terminal, value| {
        let actions = look::list(value, "/actions");
        if actions.is_empty() {
            return text::faint("no actions");
        }
        let mut table = Rows::new(
            terminal,
            &["WHEN (UTC)", "WHO", "ACTION", "ON", "WHY", "NOT DONE"],
        );
        for it in actions {
            table.add([
                text::time(look::text(it, "/at")).into(),
                look::text(it, "/who").into(),
                look::text(it, "/action").into(),
                look::text(it, "/subject").into(),
                look::text(it, "/reason").into(),
                look::text(it, "/refusal").into(),
            ]);
        }
        table.told()
    })?;
    if !next.is_empty() && !at.is_json() {
        at.terminal
            .note(&format!("there are more: --page {next}"))?;
    }
    Ok(exit)
}
