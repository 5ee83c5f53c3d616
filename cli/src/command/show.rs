//! `show`: a run and its history.

use std::{path::Path, time::Duration};

use futures::executor::block_on;
use futures_timer::Delay;
use sempre_console::json;
use sempre_temporal::read_histories;
use serde_json::{Value, json};

use super::{Call, Source, why};
use crate::{
    CommandError, Exit, Terminal,
    arguments::{Form, Show},
    client::Client,
    look,
    table::{Field, Rows},
    text, timeline,
};

/// How long to wait before asking for further events again.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) fn show(mut at: Call<'_, '_>, show: &Show) -> Result<Exit, CommandError> {
    if show.follow {
        return follow(&mut at, show);
    }
    if let Some(path) = &show.file {
        return file(at, show, path);
    }
    let value = look_at(&at.source()?, show)?;
    let form = show.form;
    at.answer(&value, |terminal, value| told(terminal, value, form))
}

fn look_at(source: &Source, show: &Show) -> Result<Value, CommandError> {
    let Form {
        compact,
        timeline,
        events,
    } = show.form;
    match source {
        Source::Live(console) => {
            let form = if events { "events" } else { "compact" };
            if compact || timeline || events {
                return console.get("history", &fields(show, form, ""));
            }
            let run = console.get("run", &fields(show, "", ""))?;
            // The history of that run, even if another one has followed meanwhile.
            let run_id = look::text(&run, "/execution/run_id").to_owned();
            let of_it = Show {
                run: Some(run_id),
                ..show.clone()
            };
            let history = console.get("history", &fields(&of_it, form, ""))?;
            Ok(json!({ "run": run, "history": history }))
        }
        Source::Cold(cold) => {
            let history = cold.history(id(show), show.run.as_deref())?;
            if events {
                return Ok(json::events(&history, 0, show.payloads));
            }
            let now = crate::cold::Cold::now();
            let rows = json::rows(&history, now, show.payloads);
            if compact || timeline {
                return Ok(rows);
            }
            let run = cold.listed(&history)?.map(|run| json::run(&run));
            Ok(json!({ "run": run, "history": rows }))
        }
    }
}

fn id(show: &Show) -> &str {
    show.id.as_deref().unwrap_or_default()
}

/// Shows the histories of a file, one after another.
fn file(mut at: Call<'_, '_>, show: &Show, path: &Path) -> Result<Exit, CommandError> {
    let histories = read_histories(path).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        CommandError::new(Exit::Refused, message)
    })?;
    for history in &histories {
        let history = history.history();
        let value = if show.form.compact || show.form.timeline {
            let last = history.events.last().map(|event| event.time);
            json::rows(&history, last.unwrap_or_default(), show.payloads)
        } else {
            json::events(&history, 0, show.payloads)
        };
        let form = Form {
            events: !show.form.compact && !show.form.timeline,
            ..show.form
        };
        at.answer(&value, |terminal, value| told(terminal, value, form))?;
    }
    Ok(Exit::Done)
}

fn fields<'s>(show: &'s Show, form: &'s str, after: &'s str) -> [(&'static str, &'s str); 5] {
    [
        ("id", id(show)),
        ("run", show.run.as_deref().unwrap_or_default()),
        ("payloads", if show.payloads { "show" } else { "" }),
        ("form", form),
        ("after", after),
    ]
}

fn told(terminal: &Terminal<'_>, value: &Value, form: Form) -> String {
    if form.timeline {
        return timeline::bars(terminal, value);
    }
    if form.events {
        let events = look::list(value, "/events").iter();
        return events.map(event).collect::<Vec<_>>().join("\n");
    }
    if form.compact {
        return rows(terminal, value);
    }
    let run = value.get("run").unwrap_or(&Value::Null);
    let history = value.get("history").unwrap_or(&Value::Null);
    let parts = [heading(run), why::waits(run), rows(terminal, history)];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n")
}

/// What a run is and how it stands, a line each.
fn heading(run: &Value) -> String {
    let id = ["/execution/workflow_id", "/workflow_id"].map(|place| look::text(run, place));
    let run_id = ["/execution/run_id", "/run_id"].map(|place| look::text(run, place));
    let status = text::status(look::text(run, "/status"));
    let (started, closed) = (
        look::text(run, "/started_at"),
        look::text(run, "/closed_at"),
    );
    let title = format!(
        "{}  {}",
        text::bold(&text::printable(&id.concat())),
        text::colored(&status, text::color(&status))
    );
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut lines = vec![
        line("type", look::text(run, "/workflow_type")),
        line("run", &run_id.concat()),
        line("task queue", look::text(run, "/task_queue")),
        line("started", &text::time(started)),
    ];
    if !closed.is_empty() {
        let took = text::between(started, closed);
        lines.push(line(
            "closed",
            &format!("{}, took {took}", text::time(closed)),
        ));
    }
    for place in ["/search_attributes", "/memo"] {
        let pairs = look::pairs(run, place);
        lines.extend(pairs.map(|(name, value)| line(name, &text::value(value))));
    }
    format!("{title}\n{}", text::lines(&lines))
}

fn rows(terminal: &Terminal<'_>, history: &Value) -> String {
    let columns = ["EVENT", "WHAT", "STATE", "BEGAN (UTC)", "TOOK", "OUTCOME"];
    let mut table = Rows::new(terminal, &columns);
    for row in look::list(history, "/rows") {
        let (began, ended) = (look::text(row, "/began"), look::text(row, "/ended"));
        let what = format!("{} {}", look::text(row, "/kind"), look::text(row, "/name"));
        let attempts = look::number(row, "/attempts");
        let what = if attempts > 1 {
            format!("{what} (attempt {attempts})")
        } else {
            what
        };
        table.add([
            look::number(row, "/first_event").into(),
            what.as_str().into(),
            Field::State(look::text(row, "/state").to_owned()),
            text::time(began).into(),
            text::between(began, ended).into(),
            outcome(row).into(),
        ]);
    }
    table.told()
}

/// What came of a row, or what went in where that is all there is.
fn outcome(row: &Value) -> String {
    let outcome = row.pointer("/outcome").unwrap_or(&Value::Null);
    let said = ["result", "failure", "text"].map(|name| outcome.get(name));
    match said.into_iter().flatten().next() {
        Some(said) => text::value(said),
        None => row.get("input").map(text::value).unwrap_or_default(),
    }
}

fn event(event: &Value) -> String {
    let said: Vec<String> = look::pairs(event, "/attributes")
        .map(|(name, value)| format!("{name}={}", text::value(value)))
        .collect();
    let time = look::text(event, "/time");
    let millis = time.get(11..23).unwrap_or(time);
    let line = format!(
        "{:>5}  {}  {:<32}  {}",
        look::number(event, "/id"),
        text::faint(millis),
        look::text(event, "/type"),
        said.join(" ")
    );
    line.trim_end().to_owned()
}

/// Prints events as they happen, each of them on a line, until the run has closed.
fn follow(at: &mut Call<'_, '_>, show: &Show) -> Result<Exit, CommandError> {
    let console = at.live()?;
    // The run that is the latest one now is followed, and none that comes after it.
    let mut show = show.clone();
    let run = console.get("run", &fields(&show, "", ""))?;
    show.run = Some(look::text(&run, "/execution/run_id").to_owned());
    let mut after = 0;
    // Bound: each turn prints further events, until the last one has closed the run.
    loop {
        let told = further(&console, &show, after)?;
        for it in look::list(&told, "/events") {
            after = look::number(it, "/id");
            if at.is_json() {
                at.terminal.say(&it.to_string())?;
            } else {
                at.terminal.say(&event(it))?;
            }
        }
        let is_all = after >= look::number(&told, "/length");
        if is_all && look::is_set(&told, "/is_closed") {
            return Ok(Exit::Done);
        }
        if is_all {
            at.terminal.out.flush()?;
            block_on(Delay::new(PAUSE));
        }
    }
}

fn further(console: &Client, show: &Show, after: u64) -> Result<Value, CommandError> {
    console.get("history", &fields(show, "events", &after.to_string()))
}
