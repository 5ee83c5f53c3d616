//! Schedules: they act at their times, keep to their rules about overlaps, and say what they did.

use std::{sync::Arc, time::Duration};

use sempre::{
    Engine, Timestamp,
    model::{
        EventAttributes, ExecutionStatus as Status, History, Lineage, SearchAttribute,
        StartOptions, WorkflowIdConflictPolicy,
    },
    schedule::{
        Calendar, OverlapPolicy, ScheduleDescription, ScheduleError, ScheduleHandle, ScheduleSpec,
    },
    storage::{MemoryDisk, MemoryStore},
    testing::TestEnvironment,
};
use sempre_tests::{
    Mode, Outcome,
    family::{Deed, Kid},
    workflow::{Alarm, Echo},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn environment() -> TestEnvironment {
    in_mode(Mode::Live)
}

fn in_mode(mode: Mode) -> TestEnvironment {
    let builder = TestEnvironment::builder().engine(move |engine| mode.configure(engine));
    builder.workflow::<Alarm>().workflow::<Kid>().build()
}

/// When the next whole minute begins.
async fn until_a_minute(env: &TestEnvironment) {
    let past = env.now().as_nanos() % 60_000_000_000;
    env.skip(Duration::from_nanos(60_000_000_000 - past)).await;
}

/// Minutes after `since` at which the recent actions were due, and how they stand.
fn recent(described: &ScheduleDescription, since: Timestamp) -> Vec<(u64, Status)> {
    let actions = described.recent.iter();
    let actions = actions.map(|it| (it.time.since(since).as_secs() / 60, it.status));
    actions.collect()
}

fn lineage(history: &History) -> Option<&Lineage> {
    match &history.events.first()?.attributes {
        EventAttributes::WorkflowExecutionStarted(started) => Some(&started.lineage),
        _ => None,
    }
}

/// A schedule of alarms that ring after so many seconds, once a minute.
async fn alarms(
    env: &TestEnvironment,
    overlap: OverlapPolicy,
    seconds: u64,
) -> Result<ScheduleHandle, ScheduleError> {
    let create = env.schedule("alarms").create::<Alarm>(seconds);
    create.every(MINUTE).overlap(overlap).await
}

#[sempre::test]
async fn a_schedule_acts_at_its_times_and_says_when_it_does_next() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let began = env.now();
    let schedule = alarms(&env, OverlapPolicy::Skip, 1).await?;
    env.skip(3 * MINUTE + 30 * SECOND).await;

    let described = schedule.describe().await?;
    let done = Status::Completed;
    assert_eq!(recent(&described, began), [(1, done), (2, done), (3, done)]);
    assert_eq!(described.started_actions, 3);
    assert_eq!(described.running, []);
    assert_eq!(described.next.len(), 10);
    assert_eq!(described.next[0], began.after(4 * MINUTE));
    assert_eq!(described.problem, None);

    // The runs say who has started them, and for which time.
    let first = &described.recent[0];
    assert_eq!(first.started_at, began.after(MINUTE));
    let run = env.workflow::<Alarm>(first.execution.workflow_id.clone());
    let run = run.describe().await?;
    let by: SearchAttribute<String> = SearchAttribute::keyword("TemporalScheduledById");
    let at: SearchAttribute<Timestamp> = SearchAttribute::datetime("TemporalScheduledStartTime");
    assert_eq!(run.search_attributes.get(by), Some("alarms".to_owned()));
    assert_eq!(run.search_attributes.get(at), Some(began.after(MINUTE)));
    let second = env.workflow::<Alarm>(described.recent[1].execution.workflow_id.clone());
    let history = second.history().await?;
    let lineage = lineage(&history).expect("it has started");
    let left: String = lineage.last_completion_result.decode()?;
    assert_eq!(left, "it rang");
    Ok(())
}

#[sempre::test]
async fn an_action_that_overlaps_is_skipped_unless_the_policy_says_otherwise() -> Outcome {
    use OverlapPolicy as Policy;
    let (done, runs) = (Status::Completed, Status::Running);
    let (canceled, terminated) = (Status::Canceled, Status::Terminated);
    // Alarms of a hundred seconds, looked at after four and a half minutes.
    let cases = [
        (Policy::Skip, vec![(1, done), (3, runs)], 2, 0),
        (
            Policy::BufferOne,
            vec![(1, done), (2, done), (3, runs)],
            1,
            0,
        ),
        (
            Policy::BufferAll,
            vec![(1, done), (2, done), (3, runs)],
            0,
            1,
        ),
        (
            Policy::CancelOther,
            vec![(1, canceled), (2, canceled), (3, canceled), (4, runs)],
            0,
            0,
        ),
        (
            Policy::TerminateOther,
            vec![(1, terminated), (2, terminated), (3, terminated), (4, runs)],
            0,
            0,
        ),
        (
            Policy::AllowAll,
            vec![(1, done), (2, done), (3, runs), (4, runs)],
            0,
            0,
        ),
    ];
    let cases = Mode::ALL
        .into_iter()
        .flat_map(|mode| cases.clone().map(|case| (mode, case)));
    for (mode, (policy, actions, skipped, waiting)) in cases {
        let env = in_mode(mode);
        until_a_minute(&env).await;
        let began = env.now();
        let schedule = alarms(&env, policy, 100).await?;
        env.skip(4 * MINUTE + 30 * SECOND).await;
        let described = schedule.describe().await?;
        assert_eq!(recent(&described, began), actions, "{policy:?}");
        assert_eq!(described.skipped_actions, skipped, "{policy:?}");
        assert_eq!(described.waiting_actions, waiting, "{policy:?}");
        env.shutdown().await;
    }
    Ok(())
}

#[sempre::test]
async fn a_schedule_that_is_paused_acts_only_by_hand() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let began = env.now();
    let schedule = alarms(&env, OverlapPolicy::Skip, 1).await?;
    schedule.pause("stocktaking").await?;
    env.skip(2 * MINUTE + 30 * SECOND).await;
    assert_eq!(schedule.describe().await?.started_actions, 0);

    schedule.trigger().await?;
    env.skip(2 * MINUTE).await;
    let described = schedule.describe().await?;
    assert!(described.schedule.paused);
    assert_eq!(described.schedule.note, "stocktaking");
    assert_eq!(recent(&described, began), [(2, Status::Completed)]);

    schedule.unpause("done").await?;
    env.skip(MINUTE).await;
    let described = schedule.describe().await?;
    let done = Status::Completed;
    assert_eq!(recent(&described, began), [(2, done), (5, done)]);
    assert_eq!(described.schedule.note, "done");
    Ok(())
}

#[sempre::test]
async fn a_schedule_is_paused_when_an_action_fails() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let create = env.schedule("kids").create::<Kid>(Deed::Try(9));
    let schedule = create.every(MINUTE).pause_on_failure().await?;
    env.skip(5 * MINUTE).await;
    let described = schedule.describe().await?;
    assert_eq!(described.started_actions, 1);
    assert!(described.schedule.paused);
    let workflow_id = &described.recent[0].execution.workflow_id;
    let note = format!("paused due to workflow failure: {workflow_id}: broke attempt 1");
    assert!(
        described.schedule.note.starts_with(&note),
        "{}",
        described.schedule.note
    );
    Ok(())
}

#[sempre::test]
async fn a_schedule_with_a_limit_ends_there_and_still_acts_by_hand() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let create = env.schedule("twice").create::<Alarm>(1);
    let schedule = create.every(MINUTE).max_actions(2).await?;
    env.skip(5 * MINUTE).await;
    let described = schedule.describe().await?;
    assert_eq!(described.started_actions, 2);
    assert_eq!(described.schedule.remaining_actions, Some(0));
    assert_eq!(described.next, []);
    schedule.trigger().await?;
    env.skip(MINUTE).await;
    assert_eq!(schedule.describe().await?.started_actions, 3);
    Ok(())
}

#[sempre::test]
async fn an_action_whose_id_is_taken_is_a_problem_and_in_nobodys_way() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let mut options = StartOptions::default();
    options.id_conflict_policy = WorkflowIdConflictPolicy::UseExisting;
    let create = env.schedule("alarms").create::<Alarm>(10).options(options);
    let schedule = create.every(MINUTE).await?;
    for _within_a_second in 0..2 {
        schedule.trigger().overlap(OverlapPolicy::AllowAll).await?;
    }
    env.skip(SECOND).await;
    let described = schedule.describe().await?;
    assert_eq!(described.started_actions, 1);
    let problem = described.problem.ok_or("the id is taken")?;
    assert!(problem.contains("already started"), "{problem}");

    env.skip(MINUTE + 30 * SECOND).await;
    let described = schedule.describe().await?;
    assert_eq!(described.started_actions, 2);
    assert_eq!(described.problem, None);
    assert!(
        described
            .recent
            .iter()
            .all(|it| it.status == Status::Completed)
    );
    Ok(())
}

#[sempre::test]
async fn a_backfill_carries_out_what_was_due() -> Outcome {
    let env = environment();
    let create = env.schedule("hourly").create::<Alarm>(1);
    let schedule = create.every(HOUR).await?;
    let until = env.now();
    for _twice in 0..2 {
        let backfill = schedule.backfill(until.before(3 * HOUR), until);
        backfill.overlap(OverlapPolicy::BufferAll).await?;
        env.skip(30 * SECOND).await;
    }
    let described = schedule.describe().await?;
    // The same times again are further actions.
    assert_eq!(described.started_actions, 8);
    let times: Vec<_> = described.recent.iter().map(|it| it.time).collect();
    assert_eq!(times[..4], times[4..]);
    assert!(
        times[0] >= until.before(3 * HOUR) && times[3] <= until,
        "{times:?}"
    );
    assert!(
        described
            .recent
            .iter()
            .all(|it| it.status == Status::Completed)
    );

    let backwards = schedule.backfill(until, until.before(HOUR)).await;
    assert!(matches!(backwards, Err(ScheduleError::Invalid(it)) if it.field == "until"));
    Ok(())
}

#[sempre::test]
async fn an_update_takes_effect_once_and_only_on_what_was_seen() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let began = env.now();
    let schedule = alarms(&env, OverlapPolicy::Skip, 1).await?;
    env.skip(MINUTE + 30 * SECOND).await;
    let seen = schedule.describe().await?;
    let mut changed = seen.schedule.clone();
    changed.spec = ScheduleSpec::default().every(10 * MINUTE);
    schedule
        .update(changed.clone(), seen.conflict_token)
        .await?;
    let late = schedule.update(changed, seen.conflict_token).await;
    assert_eq!(late, Err(ScheduleError::Conflict));
    env.skip(25 * MINUTE).await;
    let described = schedule.describe().await?;
    assert_eq!(
        described.recent.len(),
        3,
        "one by the minute, two by ten minutes"
    );
    assert!(described.updated_at.is_some_and(|at| at > began));
    Ok(())
}

#[sempre::test]
async fn what_was_due_while_the_engine_was_down_is_made_up_for_within_the_window() -> Outcome {
    let env = environment();
    until_a_minute(&env).await;
    let began = env.now();
    let create = env.schedule("alarms").create::<Alarm>(1);
    let create = create.every(MINUTE).overlap(OverlapPolicy::BufferAll);
    let schedule = create.catchup_window(5 * MINUTE).await?;
    env.suspend(20 * MINUTE + 30 * SECOND).await;
    env.skip(20 * SECOND).await;
    let described = schedule.describe().await?;
    let times: Vec<_> = recent(&described, began).iter().map(|it| it.0).collect();
    assert_eq!(times, [16, 17, 18, 19, 20]);
    assert_eq!(described.missed_actions, 15);
    Ok(())
}

#[sempre::test]
async fn a_schedule_of_many_actions_goes_on_as_new_and_leaves_nothing_behind() -> Outcome {
    let env = in_mode(Mode::Evicted);
    until_a_minute(&env).await;
    let schedule = alarms(&env, OverlapPolicy::Skip, 1).await?;
    for _hour in 0..2 {
        env.skip(HOUR).await;
    }
    let described = schedule.describe().await?;
    assert!(
        (119..=120).contains(&described.started_actions),
        "{}",
        described.started_actions
    );
    let engine = env.engine().await;
    let runs = engine
        .list("WorkflowId STARTS_WITH 'temporal-sys-scheduler:'")
        .await?;
    assert_eq!(runs.runs.len(), 1, "runs that were followed are deleted");
    let run = engine
        .execution("temporal-sys-scheduler:alarms")
        .history()
        .await?;
    let lineage = lineage(&run).expect("it has started");
    assert!(lineage.continued_execution_run_id.is_some());
    assert!(run.events.len() < 300, "{}", run.events.len());
    Ok(())
}

#[sempre::test]
async fn a_backfill_of_any_length_goes_on_from_run_to_run() -> Outcome {
    let env = environment();
    let schedule = alarms(&env, OverlapPolicy::Skip, 1).await?;
    let until = env.now().before(Duration::from_nanos(1));
    let backfill = schedule.backfill(until.before(1_500 * MINUTE), until);
    backfill.overlap(OverlapPolicy::AllowAll).await?;
    env.skip(30 * SECOND).await;
    let described = schedule.describe().await?;
    assert_eq!(described.started_actions + described.dropped_actions, 1_500);
    assert_eq!(described.dropped_actions, 0);
    let engine = env.engine().await;
    let run = engine
        .execution("temporal-sys-scheduler:alarms")
        .history()
        .await?;
    assert!(run.events.len() < 5_000, "{}", run.events.len());
    Ok(())
}

#[sempre::test]
async fn a_large_input_is_handed_to_each_action() -> Outcome {
    let env = TestEnvironment::builder().workflow::<Echo>().build();
    let input = "\"quoted\" and long ".repeat(20_000);
    let create = env.schedule("echo").create::<Echo>(input.clone());
    let schedule = create.every(HOUR).trigger_immediately().await?;
    env.skip(SECOND).await;
    let action = schedule.describe().await?.recent.remove(0);
    let echo = env.workflow::<Echo>(action.execution.workflow_id);
    assert_eq!(echo.result().await?, input);
    Ok(())
}

#[sempre::test]
async fn a_schedule_of_the_code_is_created_at_the_start_unless_it_is_there() -> Outcome {
    let disk = MemoryDisk::new();
    let start = async |every| {
        let engine = Engine::on_store(Arc::new(MemoryStore::open(&disk)?));
        let engine = engine.workflow::<Alarm>();
        let engine = engine.schedule::<Alarm>("alarms", 1, |alarms| alarms.every(every));
        Ok::<_, Box<dyn std::error::Error>>(engine.start().await?)
    };
    let engine = start(HOUR).await?;
    engine.schedule("alarms").pause("by hand").await?;
    engine.shutdown().await;

    // It survives the restart as it was left, whatever the code says now.
    let engine = start(MINUTE).await?;
    let described = engine.schedule("alarms").describe().await?;
    assert_eq!(described.schedule.note, "by hand");
    assert_eq!(described.schedule.spec, ScheduleSpec::default().every(HOUR));
    engine.shutdown().await;

    let refused = start(Duration::ZERO).await.err().ok_or("it is refused")?;
    let expected =
        "schedule alarms cannot be created: schedule: intervals is shorter than one second";
    assert!(refused.to_string().starts_with(expected), "{refused}");
    Ok(())
}

#[sempre::test]
async fn a_schedule_is_created_once_and_gone_when_it_is_deleted() -> Outcome {
    let env = environment();
    let schedule = alarms(&env, OverlapPolicy::Skip, 600).await?;
    let again = alarms(&env, OverlapPolicy::Skip, 1).await;
    assert!(
        matches!(again, Err(ScheduleError::AlreadyExists { .. })),
        "{again:?}"
    );
    env.skip(2 * MINUTE).await;
    let run = schedule
        .describe()
        .await?
        .running
        .pop()
        .expect("an action runs");
    assert_eq!(env.engine().await.schedules().await?.ids, ["alarms"]);

    schedule.delete().await?;
    let gone = |error| matches!(error, ScheduleError::NotFound { .. });
    assert!(schedule.describe().await.is_err_and(gone));
    assert!(schedule.pause("").await.is_err_and(gone));
    assert!(schedule.delete().await.is_err_and(gone));
    assert!(env.schedule("never").describe().await.is_err_and(gone));
    assert!(env.engine().await.schedules().await?.ids.is_empty());
    // What it has started goes on, and its end finds nobody to be told.
    let run = env.workflow::<Alarm>(run.workflow_id);
    assert_eq!(run.result().await?, "it rang");

    // The id is free.
    alarms(&env, OverlapPolicy::Skip, 1).await?;
    Ok(())
}

#[sempre::test]
async fn what_makes_no_sense_is_refused_before_anything_is_created() -> Outcome {
    let env = environment();
    let create = || env.schedule("bad").create::<Alarm>(1);
    let never = Calendar::default().month(2).day_of_month(30);
    let mut cron = StartOptions::default();
    cron.cron = "@daily".to_owned();
    let cases = [
        (create(), "spec"),
        (create().calendar(never), "spec"),
        (create().every(HOUR).end_at(env.now().before(HOUR)), "spec"),
        (create().every(Duration::from_millis(100)), "intervals"),
        (create().cron("every day"), "crons"),
        (
            create().cron("@daily").time_zone("Europe/Vindobona"),
            "crons",
        ),
        (
            create().every(HOUR).time_zone("Europe/Vindobona"),
            "time_zone",
        ),
        (
            create().every(HOUR).catchup_window(SECOND),
            "catchup_window",
        ),
        (create().every(HOUR).max_actions(0), "remaining_actions"),
        (create().every(HOUR).options(cron), "options.cron"),
        (create().every(HOUR).workflow_id(""), "workflow_id"),
    ];
    for (create, field) in cases {
        match create.await {
            Err(ScheduleError::Invalid(invalid)) => assert_eq!(invalid.field, field),
            other => return Err(format!("{field}: {other:?}").into()),
        }
    }
    let engine = env.engine().await;
    assert_eq!(
        engine
            .count("WorkflowId STARTS_WITH 'temporal-sys-scheduler:'")
            .await?
            .total,
        0
    );
    // Nobody starts a schedule by hand.
    let by_hand = env
        .workflow::<Alarm>("temporal-sys-scheduler:mine")
        .start(1)
        .await;
    assert!(by_hand.is_err());
    Ok(())
}
