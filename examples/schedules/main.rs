//! A report that is written every night, by the clocks of Vienna, while they are put back.
//!
//! Run it with `cargo run --example schedules`. The schedule is created once and then acts by itself:
//! it starts a report at each of its times, hands on what the last one has said, waits for one that
//! takes longer than a night, and is paused by one that fails. The clock is the test environment's,
//! which has a week pass in a moment.

use std::{error::Error, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{
    Canceled, Failure, Timestamp, Workflow, WorkflowContext, handlers,
    schedule::{Calendar, OverlapPolicy, ScheduleDescription, ScheduleError, ScheduleSpec},
    testing::{TestEnvironment, run_test},
};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

#[derive(Debug, Display, Error, From, Failure)]
enum ReportError {
    #[display("the figures of report {number} are missing")]
    #[from(ignore)]
    FiguresMissing { number: u32 },
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
}

/// Numbers itself after the report before it; the third takes more than a day, the fifth fails once.
#[derive(Workflow, Default)]
struct Report;

#[handlers]
impl Report {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _region: String) -> Result<u32, ReportError> {
        // What the last report that completed has returned.
        let before = ctx.info().lineage;
        let last: Option<u32> = before.last_completion_result.decode().unwrap_or_default();
        let number = last.unwrap_or(0) + 1;
        let hours = if number == 3 { 30 } else { 1 };
        ctx.sleep(hours * HOUR).await?;
        // The figures are there once somebody has looked for them.
        if number == 5 && before.continued_failure.is_none() {
            return Err(ReportError::FiguresMissing { number });
        }
        Ok(number)
    }
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
fn show(what: &str, seen: &ScheduleDescription) {
    println!("{what}");
    for action in &seen.recent {
        let late = action.started_at.since(action.time);
        println!(
            "  due {} started {late:?} later: {}",
            action.time, action.status
        );
    }
}

async fn tell(env: TestEnvironment) -> Result<(), Box<dyn Error>> {
    // 02:30 comes twice in the night of 25 October 2026, when clocks are put back.
    let nightly = env
        .schedule("nightly")
        .create::<Report>("the north".into())
        .calendar(Calendar::default().hour(2).minute(30))
        .time_zone("Europe/Vienna")
        .overlap(OverlapPolicy::BufferOne)
        .pause_on_failure()
        .await?;

    // The next start of a service finds it there.
    let again = env.schedule("nightly").create::<Report>("the north".into());
    match again.cron("@daily").await {
        Err(ScheduleError::AlreadyExists { .. }) => {}
        other => return Err(format!("created twice: {other:?}").into()),
    }

    env.skip(7 * DAY).await;
    let seen = nightly.describe().await?;
    show("a week later:", &seen);
    say(&format!(
        "paused={}, {}",
        seen.schedule.paused, seen.schedule.note
    ));

    // Mended: what was left out is made up for, and from now on it is every hour for three hours.
    let (from, until) = (env.now().before(2 * DAY), env.now());
    let backfill = nightly.backfill(from, until);
    backfill.overlap(OverlapPolicy::AllowAll).await?;
    let mut mended = seen.schedule;
    mended.spec = ScheduleSpec::default().every(HOUR);
    mended.remaining_actions = Some(3);
    mended.pause_on_failure = false;
    mended.paused = false;
    nightly.update(mended, seen.conflict_token).await?;
    env.skip(DAY).await;
    let seen = nightly.describe().await?;
    show("another day later:", &seen);
    say(&format!(
        "{} started, {} still to come",
        seen.started_actions,
        seen.next.len()
    ));
    nightly.delete().await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
fn say(line: &str) {
    println!("{line}");
}

fn main() -> Result<(), Box<dyn Error>> {
    let friday_evening = Timestamp::from_secs(1_792_771_200);
    let host = TestEnvironment::builder().starting_at(friday_evening);
    run_test(host.workflow::<Report>(), tell)
}
