//! Stories of schedules: the runs that they start, and what is said of them.
//!
//! A story begins at the second at which it was told to the server, because the ids of the runs say
//! when they were due. Descriptions are compared but for
//!
//! | what | because |
//! |---|---|
//! | actions that still run on the server | it asks how they stand when it has something to do |
//! | the description of `cancel_other` | there a canceled run takes a while to end |
//! | when actions were really started | the server was later |

use std::time::Duration;

use sempre::{
    Timestamp, Workflow, WorkflowContext, handlers,
    model::ExecutionStatus,
    schedule::{CreateSchedule, OverlapPolicy, ScheduleDescription, ScheduleHandle},
    testing::TestEnvironment,
};
use serde_json::Value;

use crate::{
    program::{Ended, failed, of_type},
    story::{Outcome, Told, check_on, description, workflow_id},
};

const SECOND: Duration = Duration::from_secs(1);

/// Sleeps, and tells what the run before has said; or fails.
#[derive(Workflow, Default)]
pub(crate) struct Sch;

#[handlers]
impl Sch {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (seconds, what): (f64, String),
    ) -> Result<String, Ended> {
        if what == "fail" {
            return Err(failed("scheduled run fails", of_type("X")));
        }
        ctx.sleep(Duration::from_secs_f64(seconds)).await?;
        let last = ctx.info().lineage.last_completion_result;
        let last: Option<String> = last.decode().unwrap_or_default();
        let last = last.unwrap_or_else(|| "None".to_owned());
        Ok(format!("slept {seconds:.1} last={last}"))
    }
}

/// A story that begins so many milliseconds after 05:04.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a story is written where it is told"
)]
fn tell(
    story: &str,
    millis: u64,
    tell: impl AsyncFn(&TestEnvironment, &str) -> Outcome<ScheduleDescription>,
) {
    let name = format!("schedules/{story}");
    let began = Timestamp::from_nanos((1_795_583_040_000 + millis) * 1_000_000);
    let host = TestEnvironment::builder().starting_at(began);
    // Of one story the code comes later.
    let host = match story {
        "trigger" => host,
        _ => host.workflow::<Sch>(),
    };
    check_on(&name, host, async |env| {
        let told = tell(env, &name).await?;
        if let Some(theirs) = description(&name).filter(|_| story != "cancel_other") {
            compare(&told, &theirs);
        }
        let mut runs = Told::new();
        for (index, action) in told.recent.iter().take(4).enumerate() {
            let file = format!("run{}", index + 1);
            let run = env.workflow::<Sch>(action.execution.workflow_id.clone());
            runs.insert(file, run.history().await?);
        }
        Ok(runs)
    });
}

/// Creates the schedule of a story.
fn create(
    env: &TestEnvironment,
    name: &str,
    (seconds, what): (f64, &str),
    every: Duration,
) -> CreateSchedule<Sch> {
    let schedule = env.schedule(format!("{}-s", name.replace('/', "-")));
    let create = schedule.create::<Sch>((seconds, what.to_owned()));
    let create = create.workflow_id(workflow_id(name)).every(every);
    create.task_queue("tq-sched")
}

/// A story of runs of so many seconds, begun every other second, looked at when this time has come.
fn every_two_seconds(
    story: &str,
    overlap: OverlapPolicy,
    seconds: f64,
    (began, until): (u64, u64),
) {
    tell(story, began, async |env, name| {
        let create = create(env, name, (seconds, ""), 2 * SECOND);
        let schedule = create.overlap(overlap).await?;
        env.skip(Duration::from_millis(until - began)).await;
        Ok(schedule.describe().await?)
    });
}

/// Holds a description against that of the server.
#[track_caller]
fn compare(ours: &ScheduleDescription, theirs: &Value) {
    let at = |path: &str| theirs.pointer(path).cloned().unwrap_or_default();
    let number = |path: &str| {
        let text = at(path);
        text.as_str()
            .map_or(0, |it| it.parse::<u64>().unwrap_or(u64::MAX))
    };
    assert_eq!(ours.started_actions, number("/info/actionCount"));
    assert_eq!(ours.skipped_actions, number("/info/overlapSkipped"));
    assert_eq!(ours.missed_actions, number("/info/missedCatchupWindow"));
    assert_eq!(ours.waiting_actions as u64, number("/info/bufferSize"));
    assert_eq!(ours.schedule.paused, at("/schedule/state/paused") == true);
    let note = at("/schedule/state/notes");
    assert_eq!(ours.schedule.note, note.as_str().unwrap_or_default());
    let next: Vec<String> = ours.next.iter().copied().map(second).collect();
    let their_next = at("/info/futureActionTimes");
    let their_next = their_next.as_array().cloned().unwrap_or_default();
    assert_eq!(Value::from(next), Value::from(their_next));

    let recent = at("/info/recentActions");
    let recent = recent.as_array().cloned().unwrap_or_default();
    assert_eq!(ours.recent.len(), recent.len());
    for (our, their) in ours.recent.iter().zip(&recent) {
        let their = |path: &str| their.pointer(path).and_then(Value::as_str);
        let workflow_id = our.execution.workflow_id.as_str();
        assert_eq!(Some(workflow_id), their("/startWorkflowResult/workflowId"));
        let status = their("/startWorkflowStatus").unwrap_or_default();
        if status != "WORKFLOW_EXECUTION_STATUS_RUNNING" {
            let our = format!("WORKFLOW_EXECUTION_STATUS_{}", name_of(our.status));
            assert_eq!(our, status, "{workflow_id}");
        }
    }
}

fn name_of(status: ExecutionStatus) -> String {
    status.to_string().to_uppercase()
}

fn second(at: Timestamp) -> String {
    at.to_string().replace(".000Z", "Z")
}

#[test]
fn actions_that_do_not_overlap_hand_on_what_they_returned() {
    every_two_seconds("interval", OverlapPolicy::Skip, 0.1, (33_500, 42_500));
}

#[test]
fn actions_that_overlap_are_skipped() {
    every_two_seconds("skip", OverlapPolicy::Skip, 5.0, (33_500, 42_500));
}

#[test]
fn one_action_that_overlaps_waits() {
    every_two_seconds(
        "buffer_one",
        OverlapPolicy::BufferOne,
        5.0,
        (33_500, 42_500),
    );
}

#[test]
fn all_actions_that_overlap_wait() {
    every_two_seconds(
        "buffer_all",
        OverlapPolicy::BufferAll,
        3.0,
        (33_300, 42_500),
    );
}

#[test]
fn an_action_that_overlaps_has_the_one_before_canceled() {
    every_two_seconds(
        "cancel_other",
        OverlapPolicy::CancelOther,
        5.0,
        (33_500, 42_500),
    );
}

#[test]
fn actions_run_beside_each_other() {
    every_two_seconds("allow_all", OverlapPolicy::AllowAll, 5.0, (33_100, 41_500));
}

#[test]
fn a_schedule_that_has_acted_often_enough() {
    tell("limited", 33_300, async |env, name| {
        let create = create(env, name, (0.1, ""), 2 * SECOND);
        let schedule = create.max_actions(2).await?;
        env.skip(5 * SECOND).await;
        Ok(schedule.describe().await?)
    });
}

#[test]
fn a_schedule_that_a_failure_pauses() {
    tell("pause_on_failure", 33_600, async |env, name| {
        let create = create(env, name, (0.1, "fail"), 2 * SECOND);
        let schedule = create.pause_on_failure().await?;
        env.skip(Duration::from_millis(2_800)).await;
        Ok(schedule.describe().await?)
    });
}

#[test]
fn what_was_due_before_the_schedule_was_created() {
    tell("backfill", 33_100, async |env, name| {
        let hour = Duration::from_secs(3_600);
        let schedule = create(env, name, (0.1, ""), hour).await?;
        let backfill = schedule.backfill(env.now().before(3 * hour), env.now());
        backfill.overlap(OverlapPolicy::AllowAll).await?;
        env.skip(SECOND).await;
        Ok(schedule.describe().await?)
    });
}

#[test]
fn actions_that_are_asked_for_by_hand() {
    let by_hand =
        async |schedule: &ScheduleHandle| schedule.trigger().overlap(OverlapPolicy::AllowAll).await;
    tell("trigger", 32_990, async |env, name| {
        let create = create(env, name, (0.1, ""), Duration::from_secs(3_600));
        let schedule = create.trigger_immediately().await?;
        env.skip(Duration::from_millis(1_500)).await;
        // The first run goes on, as far as the schedule has heard.
        by_hand(&schedule).await?;
        let _code = env.workflow::<Sch>(name);
        schedule.pause("stop").await?;
        env.skip(Duration::from_millis(1_750)).await;
        by_hand(&schedule).await?;
        schedule.unpause("back").await?;
        env.skip(SECOND).await;
        Ok(schedule.describe().await?)
    });
}
