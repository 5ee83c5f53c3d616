//! `why`: what a run waits for and what is wrong with it, or what needs attention.

use serde_json::Value;

use super::Call;
use crate::{CommandError, Exit, Terminal, arguments::Why, look, table::Rows, text};

pub(super) fn why(mut at: Call<'_, '_>, why: &Why) -> Result<Exit, CommandError> {
    let console = at.live()?;
    let Some(id) = &why.id else {
        let value = console.get("attention", &[])?;
        return at.answer(&value, attention);
    };
    let run = why.run.as_deref().unwrap_or_default();
    let value = console.get("run", &[("id", id), ("run", run)])?;
    at.answer(&value, |_, run| {
        let status = text::status(look::text(run, "/status"));
        let status = text::colored(&status, text::color(&status));
        let waits = waits(run);
        if waits.is_empty() {
            return format!("{status}: it waits for nothing");
        }
        format!("{status}\n{waits}")
    })
}

/// What a run waits for, and what is wrong with it; nothing if it has closed.
pub(super) fn waits(run: &Value) -> String {
    let mut lines: Vec<String> = Vec::new();
    for wait in look::list(run, "/waits_for") {
        let what = text::printable(look::text(wait, "/what"));
        let color = look::is_set(wait, "/is_trouble").then_some(anstyle::AnsiColor::Red);
        let mut parts = vec![format!("waits for {}", text::colored(&what, color))];
        for (word, place) in [("since", "/since"), ("until", "/until")] {
            let time = text::time(look::text(wait, place));
            if !time.is_empty() {
                parts.push(format!("{word} {time}"));
            }
        }
        lines.push(parts.join(", "));
    }
    for problem in look::list(run, "/problems") {
        lines.push(format!("problem: {}", problem_in_words(problem)));
    }
    lines.join("\n")
}

fn problem_in_words(problem: &Value) -> String {
    let what = text::printable(look::text(problem, "/problem"));
    let cause = text::printable(look::text(problem, "/cause"));
    let times = match look::number(problem, "/count") {
        0 | 1 => String::new(),
        count => format!(" ({count} times)"),
    };
    match cause.as_str() {
        "" => format!("{what}{times}"),
        cause => format!("{what}{times}: {cause}"),
    }
}

fn attention(terminal: &Terminal<'_>, value: &Value) -> String {
    let problems = look::list(value, "/problems");
    if problems.is_empty() {
        return text::faint("nothing needs attention");
    }
    let mut table = Rows::new(terminal, &["WORKFLOW ID", "TYPE", "SINCE (UTC)", "PROBLEM"]);
    for problem in problems {
        table.add([
            look::text(problem, "/workflow_id").into(),
            look::text(problem, "/workflow_type").into(),
            text::time(look::text(problem, "/since")).into(),
            problem_in_words(problem).into(),
        ]);
    }
    table.told()
}
