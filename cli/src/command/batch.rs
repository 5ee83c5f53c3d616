//! `batch …`: looks at bulk jobs, starts them and steers them.

use futures::executor::block_on;
use futures_timer::Delay;
use serde_json::{Value, json};
use std::time::Duration;

use super::{
    Call,
    act::{Asked, act},
    list,
};
use crate::{
    CommandError, Exit, Terminal,
    batch_arguments::{BatchCommand, StartBatch},
    client::Client,
    look,
    progress::{self, Counts},
    table::{Field, Rows},
    text,
};

/// How long to wait before asking again how a job stands.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) fn batch(at: Call<'_, '_>, command: &BatchCommand) -> Result<Exit, CommandError> {
    use BatchCommand as C;
    let of = |id: &String| Asked::default().with("id", Some(id));
    match command {
        C::Start(batch) if batch.yes => start(at, batch),
        C::Start(batch) => dry_run(at, batch),
        C::List { page } => jobs(at, page.as_deref()),
        C::Show { id, follow, .. } if *follow => self::follow(at, id),
        C::Show {
            id,
            results: Some(page),
            ..
        } => results(at, id, *page),
        C::Show { id, .. } => show(at, id),
        C::Pause { id, reason } => act(at, "pause-bulk", &of(id).with("reason", reason.as_ref())),
        C::Resume { id } => act(at, "resume-bulk", &of(id)),
        C::Cancel { id, reason } => act(at, "cancel-bulk", &of(id).with("reason", reason.as_ref())),
        C::Delete { id } => act(at, "delete-bulk", &of(id)),
    }
}

fn dry_run(mut at: Call<'_, '_>, batch: &StartBatch) -> Result<Exit, CommandError> {
    let all = if batch.all { "1" } else { "" };
    let fields = [
        ("filter", batch.filter.as_deref().unwrap_or_default()),
        ("all", all),
    ];
    let value = at.live()?.get("bulk-preview", &fields)?;
    let exit = at.answer(&value, |terminal, value| {
        let count = look::number(value, "/count");
        let sample = look::list(value, "/sample");
        let counted = match count {
            0 => return text::faint("no runs match"),
            1 => "1 run matches".to_owned(),
            count => format!("{count} runs match"),
        };
        let shown = if count > sample.len() as u64 {
            format!(", the {} newest of them:", sample.len())
        } else {
            ":".to_owned()
        };
        format!("{counted}{shown}\n\n{}", list::table(terminal, sample))
    })?;
    if look::number(&value, "/count") > 0 && !at.is_json() {
        at.terminal
            .note("nothing was done; add --yes to start the job")?;
    }
    Ok(exit)
}

fn start(mut at: Call<'_, '_>, batch: &StartBatch) -> Result<Exit, CommandError> {
    let rate = batch.rate.map(|rate| rate.to_string());
    let asked = Asked::default()
        .with_word("operation", Some(batch.operation))
        .with("filter", batch.filter.as_ref())
        .with_flag("all", batch.all)
        .with("id", batch.id.as_ref())
        .with("reason", batch.reason.as_ref())
        .with("rate", rate)
        .with("name", batch.name.as_ref())
        .with_text_input(batch.input.as_deref())?
        .with_word("to", batch.reset.to)
        .with("point", batch.reset.point.as_ref())
        .with_flag("exclude_signals", batch.reset.excluded.exclude_signals)
        .with_flag("exclude_updates", batch.reset.excluded.exclude_updates);
    let value = at.live()?.act("bulk", asked.fields())?;
    let id = look::text(&value, "/answer/job_id").to_owned();
    if batch.follow {
        return follow(at, &id);
    }
    at.answer(&value, |_, _| {
        format!("job {} was started", text::printable(&id))
    })
}

fn jobs(mut at: Call<'_, '_>, page: Option<&str>) -> Result<Exit, CommandError> {
    let fields = [("page", page.unwrap_or_default())];
    let value = at.live()?.get("bulk-jobs", &fields)?;
    let next = look::text(&value, "/next").to_owned();
    let exit = at.answer(&value, |terminal, value| {
        let jobs = look::list(value, "/jobs");
        if jobs.is_empty() {
            return text::faint("no bulk jobs");
        }
        let columns = [
            "STATE",
            "JOB",
            "DOES",
            "FILTER",
            "TRIED",
            "FAILED",
            "STARTED (UTC)",
        ];
        let mut table = Rows::new(terminal, &columns);
        for job in jobs {
            table.add([
                Field::State(state(job)),
                look::text(job, "/job_id").into(),
                look::text(job, "/operation/name").into(),
                look::text(job, "/filter").into(),
                Field::Number(tried(job)),
                look::number(job, "/failed").into(),
                text::time(look::text(job, "/started_at")).into(),
            ]);
        }
        table.told()
    })?;
    more(&mut at, "--page", &next)?;
    Ok(exit)
}

fn more(at: &mut Call<'_, '_>, option: &str, next: &str) -> Result<(), CommandError> {
    if !next.is_empty() && !at.is_json() {
        at.terminal
            .note(&format!("there are more: {option} {next}"))?;
    }
    Ok(())
}

fn state(job: &Value) -> String {
    if look::text(job, "/error").is_empty() {
        text::status(&look::text(job, "/state").to_ascii_uppercase())
    } else {
        "no answer".to_owned()
    }
}

fn tried(job: &Value) -> String {
    let matched = look::number(job, "/matched");
    if look::is_set(job, "/is_finding") {
        return format!("{matched} found");
    }
    format!("{} of {matched}", number_tried(job))
}

fn number_tried(job: &Value) -> u64 {
    let counts = ["/done", "/skipped", "/failed"];
    counts.map(|place| look::number(job, place)).iter().sum()
}

fn described(console: &Client, id: &str) -> Result<Value, CommandError> {
    console.get("bulk-job", &[("id", id), ("payloads", "show")])
}

fn show(mut at: Call<'_, '_>, id: &str) -> Result<Exit, CommandError> {
    let value = described(&at.live()?, id)?;
    at.answer(&value, told)
}

/// Shows how far a job has got until it has ended, and how that was.
fn follow(mut at: Call<'_, '_>, id: &str) -> Result<Exit, CommandError> {
    let console = at.live()?;
    let mut bar = None;
    // Bound: each turn asks once more, until the job has ended.
    let job = loop {
        let job = described(&console, id)?;
        let is_open = matches!(look::text(&job, "/state"), "running" | "paused");
        if !is_open {
            break job;
        }
        if !look::is_set(&job, "/is_finding") {
            let matched = look::number(&job, "/matched");
            let bar = bar.get_or_insert_with(|| {
                progress::bar(at.terminal, matched, Counts::Things, "runs are tried")
            });
            bar.set_position(number_tried(&job));
        }
        block_on(Delay::new(PAUSE));
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    at.answer(&job, told)?;
    let has_completed = look::text(&job, "/state") == "completed";
    Ok(if has_completed {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn results(mut at: Call<'_, '_>, id: &str, page: u64) -> Result<Exit, CommandError> {
    let fields = [("id", id), ("page", &page.to_string())];
    let value = at.live()?.get("bulk-results", &fields)?;
    let next = look::text(&value, "/next").to_owned();
    let exit = at.answer(&value, |terminal, value| {
        let results = look::list(value, "/results");
        if results.is_empty() {
            return text::faint("no runs");
        }
        let columns = ["OUTCOME", "WORKFLOW ID", "RUN ID", "WHY"];
        let mut table = Rows::new(terminal, &columns);
        for result in results {
            table.add([
                Field::State(look::text(result, "/outcome").to_owned()),
                look::text(result, "/execution/workflow_id").into(),
                look::text(result, "/execution/run_id").into(),
                look::text(result, "/cause").into(),
            ]);
        }
        table.told()
    })?;
    more(&mut at, "--results", &next)?;
    Ok(exit)
}

fn told(terminal: &Terminal<'_>, job: &Value) -> String {
    let title = text::bold(&text::printable(look::text(job, "/job_id")));
    let state = state(job);
    let state = text::colored(&state, text::color(&state));
    let told = format!("{title}  {state}\n{}", text::lines(&facts(job)));
    let failures = look::list(job, "/failures");
    if failures.is_empty() {
        return told;
    }
    let mut table = Rows::new(terminal, &["FAILED", "RUN ID", "WHY"]);
    for failure in failures {
        table.add([
            Field::from(look::text(failure, "/execution/workflow_id")),
            look::text(failure, "/execution/run_id").into(),
            look::text(failure, "/cause").into(),
        ]);
    }
    format!("{told}\n\n{}", table.told())
}

/// What a job is and how it stands, a line each.
fn facts(job: &Value) -> Vec<(String, String)> {
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let filter = look::text(job, "/filter");
    let mut lines = vec![
        line("does", &does(job)),
        line(
            "to",
            if filter.is_empty() {
                "all runs"
            } else {
                filter
            },
        ),
        line("tried", &tried(job)),
    ];
    for name in ["done", "skipped", "failed"] {
        let count = look::number(job, &format!("/{name}"));
        lines.push(line(name, &count.to_string()));
    }
    let rate = format!("{} a second", look::number(job, "/rate"));
    let ended = text::time(look::text(job, "/ended_at"));
    let started = text::time(look::text(job, "/started_at"));
    let pause = ["/pause/identity", "/pause/reason"].map(|place| look::text(job, place));
    let pause = pause.join(": ");
    lines.extend([
        line("rate", &rate),
        line("by", look::text(job, "/identity")),
        line("started", &started),
    ]);
    let more = [
        ("ended", ended.as_str()),
        ("reason", look::text(job, "/reason")),
        ("paused by", pause.trim_matches([':', ' '])),
        ("waits for", look::text(job, "/waits_for")),
        ("problem", look::text(job, "/problem")),
    ];
    let more = more.into_iter().filter(|(_, value)| !value.is_empty());
    lines.extend(more.map(|(name, value)| line(name, value)));
    lines
}

fn does(job: &Value) -> String {
    let operation = job.pointer("/operation").unwrap_or(&json!(null));
    let name = look::text(operation, "/name");
    let of = [
        look::text(operation, "/signal_name"),
        look::text(operation, "/point"),
        &operation.get("input").map(text::value).unwrap_or_default(),
    ]
    .join(" ");
    format!("{name} {}", of.trim()).trim().to_owned()
}
