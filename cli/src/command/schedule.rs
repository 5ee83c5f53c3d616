//! `schedule …`: looks at schedules and acts on them.

use serde_json::Value;

use super::{
    Call,
    act::{Asked, act},
};
use crate::{
    CommandError, Exit, Terminal,
    arguments::ScheduleCommand,
    look,
    table::{Field, Rows},
    text,
};

pub(super) fn schedule(
    mut at: Call<'_, '_>,
    command: &ScheduleCommand,
) -> Result<Exit, CommandError> {
    use ScheduleCommand as C;
    let of = |id: &String| Asked::default().with("id", Some(id));
    match command {
        C::List { page } => list(at, page.as_deref()),
        C::Describe { id } => {
            let value = at
                .live()?
                .get("schedule", &[("id", id), ("payloads", "show")])?;
            at.answer(&value, told)
        }
        C::Pause { id, note } => act(
            at,
            "pause-schedule",
            &of(id).with("reason", note.as_deref()),
        ),
        C::Unpause { id, note } => act(
            at,
            "unpause-schedule",
            &of(id).with("reason", note.as_deref()),
        ),
        C::Trigger { id, overlap } => act(
            at,
            "trigger-schedule",
            &of(id).with_word("overlap", *overlap),
        ),
        C::Backfill {
            id,
            from,
            until,
            overlap,
        } => {
            let asked = of(id).with("from", Some(from)).with("until", Some(until));
            act(
                at,
                "backfill-schedule",
                &asked.with_word("overlap", *overlap),
            )
        }
        C::Delete { id } => act(at, "delete-schedule", &of(id)),
    }
}

fn list(mut at: Call<'_, '_>, page: Option<&str>) -> Result<Exit, CommandError> {
    let value = at
        .live()?
        .get("schedules", &[("page", page.unwrap_or_default())])?;
    let next = look::text(&value, "/next").to_owned();
    let exit = at.answer(&value, |_, value| {
        let ids = look::list(value, "/schedule_ids").iter();
        let ids: Vec<String> = ids.map(text::value).collect();
        if ids.is_empty() {
            return text::faint("no schedules");
        }
        ids.join("\n")
    })?;
    if !next.is_empty() && !at.is_json() {
        at.terminal
            .note(&format!("there are more: --page {next}"))?;
    }
    Ok(exit)
}

fn told(terminal: &Terminal<'_>, it: &Value) -> String {
    let state = match (look::is_set(it, "/paused"), look::text(it, "/problem")) {
        (true, _) => "paused".to_owned(),
        (false, "") => "active".to_owned(),
        (false, problem) => text::printable(problem),
    };
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let title = text::bold(&text::printable(look::text(it, "/schedule_id")));
    let mut lines = vec![
        line("when", look::text(it, "/times")),
        line("starts", look::text(it, "/workflow_type")),
        line("overlap", look::text(it, "/overlap")),
    ];
    if !look::text(it, "/note").is_empty() {
        lines.push(line("note", look::text(it, "/note")));
    }
    for (name, count) in look::pairs(it, "/counts") {
        if count.as_u64().is_some_and(|count| count > 0) {
            lines.push(line(name, &count.to_string()));
        }
    }
    for at in look::list(it, "/next") {
        lines.push(line("next", &text::time(at.as_str().unwrap_or_default())));
    }
    let told = format!("{title}  {state}\n{}", text::lines(&lines));
    let recent = look::list(it, "/recent");
    if recent.is_empty() {
        return told;
    }
    let mut table = Rows::new(terminal, &["STATUS", "STARTED (UTC)", "WORKFLOW ID"]);
    for action in recent {
        table.add([
            Field::State(text::status(look::text(action, "/status"))),
            text::time(look::text(action, "/started_at")).into(),
            look::text(action, "/execution/workflow_id").into(),
        ]);
    }
    format!("{told}\n\n{}", table.told())
}
