//! Console: how long the first paint of each view takes with many runs in the store.
//!
//! The first phase makes the runs, the second opens the store anew and asks the console for its
//! pages in the same process, so nothing of a network or of a browser is measured.

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use sempre_console::{Access, Console};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples},
    scenario::{
        Plan,
        kept::{self, Errand},
        plan::grouped,
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "console",
    about: "how long the first paint of each view of the console takes beside many runs",
    counts: "runs in the store",
    usual: &[10_000],
    large: &[1_000_000],
    most: 9_999_999,
    title: |runs| {
        let runs = grouped(runs);
        format!("the views of the console, {runs} runs in the store")
    },
    drawn: "overview",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// How often each view is painted, and how often it is shown as a whole if that takes long.
const TIMES: usize = 21;
const LONG: Duration = Duration::from_secs(4);

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        kept::fill(place).await?;
        return Ok(Measurement::default());
    }
    let (builder, _) = place.engine()?;
    let engine = kept::register(builder).start().await?;
    let console = Console::new(&engine).access(|_| Access::Read);
    let first = paint(&console, "/").await?;
    let bound = place.budget(Bound::AtMost(0.1));
    let mut figures = vec![Figure::time("overview, first after a start", first).bound(bound)];
    let run = kept::workflow_id(7);
    let run_id = engine.workflow::<Errand>(&*run).describe().await?;
    let run_id = run_id.execution.run_id;
    let run = format!("/run?id={run}&run={run_id}");
    let views = [
        ("overview", "/"),
        ("runs", "/runs"),
        (
            "runs of a status",
            "/runs?filter=ExecutionStatus%20%3D%20%27Failed%27",
        ),
        (
            "runs of another filter",
            "/runs?filter=HistoryLength%20%3E%201000000",
        ),
        ("one run", &run),
        ("store", "/store"),
        ("types", "/types"),
        ("failures", "/failures"),
        ("patches", "/patches"),
        ("schedules", "/schedules"),
        ("bulk jobs", "/bulk-jobs"),
    ];
    let mut whole = Vec::new();
    for (name, path) in views {
        place.job.note(name);
        let painted = repeat(&console, path).await?;
        figures.push(Figure::time(name, painted.percentile(0.5)).bound(bound));
        let wait = if path.contains('?') {
            "&wait=1"
        } else {
            "?wait=1"
        };
        let shown = repeat(&console, &format!("{path}{wait}")).await?;
        whole.push(Figure::time(
            format!("{name}, all of it"),
            shown.percentile(0.5),
        ));
    }
    figures.extend(whole);
    drop(console);
    engine.shutdown().await;
    Ok(Measurement {
        figures,
        notes: vec![
            "p50, in the process of the engine; a page that is painted before all of it is known \
             says so, and shows the rest once it is"
                .into(),
        ],
        ..Measurement::default()
    })
}

/// How long a page takes, again and again.
async fn repeat(console: &Console, path: &str) -> Outcome<Samples> {
    let begun = clock::now();
    let mut took = Vec::new();
    while took.len() < TIMES && (took.is_empty() || begun.elapsed() < LONG) {
        took.push(paint(console, path).await?);
    }
    Ok(Samples::new(took))
}

/// How long it takes until the last byte of a page is there.
async fn paint(console: &Console, path: &str) -> Outcome<Duration> {
    let request = Request::get(path).body(Empty::<&[u8]>::new())?;
    let begun = clock::now();
    let answer = console.respond(request).await;
    let status = answer.status();
    answer.into_body().collect().await?;
    if status != StatusCode::OK {
        return Err(format!("{path} was answered with {status}").into());
    }
    Ok(begun.elapsed())
}
