//! `queue …` and `type …`: looks at task queues, pauses and limits them, and pauses workflow types.

use serde_json::Value;

use super::{
    Call,
    act::{Asked, act},
};
use crate::{
    CommandError, Exit, Terminal, look,
    queue_arguments::{QueueAct, QueueCommand, QueueLimit, TypeCommand},
    table::{Field, Rows},
    text,
};

pub(super) fn queue(at: Call<'_, '_>, command: &QueueCommand) -> Result<Exit, CommandError> {
    use QueueCommand as C;
    let of = |it: &QueueAct| asked(&it.name, it.reason.as_deref());
    match command {
        C::List => list(at),
        C::Describe { name } => describe(at, name),
        C::Pause(it) => act(at, "pause-queue", &of(it)),
        C::Unpause(it) => act(at, "unpause-queue", &of(it)),
        C::Limit(limit) => {
            let asked = asked(&limit.name, limit.reason.as_deref());
            act(at, "limit-queue", &limits(asked, limit))
        }
        C::Restore(it) => act(at, "restore-queue", &of(it)),
    }
}

pub(super) fn workflow_type(at: Call<'_, '_>, command: &TypeCommand) -> Result<Exit, CommandError> {
    let (action, it) = match command {
        TypeCommand::Pause(it) => ("pause-type", it),
        TypeCommand::Unpause(it) => ("unpause-type", it),
    };
    act(at, action, &asked(&it.name, it.reason.as_deref()))
}

fn asked(name: &str, reason: Option<&str>) -> Asked {
    Asked::default()
        .with("id", Some(name))
        .with("reason", reason)
}

fn limits(asked: Asked, limit: &QueueLimit) -> Asked {
    let numbers = [
        ("max_attempts", limit.max_attempts),
        ("per_second", limit.per_second),
        ("burst", limit.burst),
        ("key_max_attempts", limit.key_max_attempts),
        ("key_per_second", limit.key_per_second),
        ("key_burst", limit.key_burst),
    ];
    let numbers = numbers.into_iter();
    numbers.fold(asked, |asked, (name, number)| {
        asked.with(name, number.map(|number| number.to_string()))
    })
}

fn list(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let value = at.live()?.get("queues", &[])?;
    at.answer(&value, |terminal, value| {
        let mut told = Vec::new();
        let queues = look::list(value, "/task_queues");
        if queues.is_empty() {
            told.push(text::faint("no task queues"));
        } else {
            let columns = [
                "TASK QUEUE",
                "STATE",
                "RUNNING",
                "SLOTS",
                "WAITING",
                "FIRST SINCE (UTC)",
                "WHY",
            ];
            let mut table = Rows::new(terminal, &columns);
            for it in queues {
                table.add([
                    look::text(it, "/task_queue").into(),
                    Field::State(state(it).to_owned()),
                    look::number(it, "/attempts").into(),
                    look::number(it, "/options/max_concurrent_attempts").into(),
                    look::number(it, "/waiting").into(),
                    since(it).into(),
                    paused_by(it).into(),
                ]);
            }
            told.push(table.told());
        }
        let types = look::list(value, "/paused_workflow_types");
        if !types.is_empty() {
            let mut table = Rows::new(terminal, &["PAUSED WORKFLOW TYPE", "WHY"]);
            for it in types {
                let name = look::text(it, "/workflow_type");
                table.add([Field::from(name), paused_by(it).into()]);
            }
            told.push(table.told());
        }
        told.join("\n\n")
    })
}

fn describe(mut at: Call<'_, '_>, name: &str) -> Result<Exit, CommandError> {
    let value = at.live()?.get("queue", &[("id", name)])?;
    at.answer(&value, told)
}

fn told(terminal: &Terminal<'_>, it: &Value) -> String {
    let line = |name: &str, value: String| (name.to_owned(), value);
    let title = text::bold(&text::printable(look::text(it, "/task_queue")));
    let slots = look::number(it, "/options/max_concurrent_attempts");
    let mut lines = vec![line(
        "running",
        format!("{} of {slots}", look::number(it, "/attempts")),
    )];
    if it
        .pointer("/options/rate_limit")
        .is_some_and(|it| !it.is_null())
    {
        let per_second = look::number(it, "/options/rate_limit/per_second");
        let burst = look::number(it, "/options/rate_limit/burst");
        lines.push(line(
            "rate",
            format!("{per_second} a second, {burst} at once"),
        ));
    }
    let waiting = look::number(it, "/waiting").to_string();
    lines.push(line(
        "waiting",
        match since(it) {
            since if since.is_empty() => waiting,
            since => format!("{waiting}, the first since {since}"),
        },
    ));
    for (name, told) in [("paused", paused_by(it)), ("activities", activities(it))] {
        if !told.is_empty() {
            lines.push(line(name, told));
        }
    }
    let told = format!("{title}  {}\n{}", state(it), text::lines(&lines));
    let limits = look::list(it, "/limits");
    if limits.is_empty() {
        return told;
    }
    let columns = ["ACTIVITY", "FAIRNESS KEY", "RUNNING", "AT MOST", "WAITING"];
    let mut table = Rows::new(terminal, &columns);
    for it in limits {
        let of = |place, all: &str| match look::text(it, place) {
            "" => all.to_owned(),
            of => of.to_owned(),
        };
        let is_per_key = look::is_set(it, "/limit/is_per_key");
        let max = match look::number(it, "/limit/max_concurrent_attempts") {
            0 => "no limit".to_owned(),
            max => max.to_string(),
        };
        table.add([
            of("/limit/activity_type", "all").into(),
            of("/fairness_key", if is_per_key { "none" } else { "all" }).into(),
            look::number(it, "/attempts").into(),
            max.into(),
            look::number(it, "/waiting").into(),
        ]);
    }
    format!("{told}\n\n{}", table.told())
}

fn state(it: &Value) -> &'static str {
    match (it.get("paused"), look::is_set(it, "/is_limited")) {
        (Some(paused), _) if !paused.is_null() => "paused",
        (_, true) => "limited",
        _ => "active",
    }
}

fn since(it: &Value) -> String {
    match look::text(it, "/waiting_since") {
        "" => String::new(),
        since => text::time(since),
    }
}

fn activities(it: &Value) -> String {
    let names = look::list(it, "/activity_types").iter().map(text::value);
    names.collect::<Vec<_>>().join(", ")
}

/// Who has paused something, when and why.
fn paused_by(it: &Value) -> String {
    let who = look::text(it, "/paused/who");
    match (who, look::text(it, "/paused/reason")) {
        ("", _) => String::new(),
        (who, "") => text::printable(who),
        (who, reason) => text::printable(&format!("{who}: {reason}")),
    }
}
