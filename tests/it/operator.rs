//! Task queues and workflow types that operators pause and limit, and the trail of it.

use std::{num::NonZeroU32, sync::Arc};

use futures::FutureExt as _;
use sempre::{
    Engine,
    client::{ProblemKind, RequestOutcome, UpdateError},
    model::{Priority, WorkflowId},
    operator::{AuditEntry, OperatorError},
    runtime::{AttemptLimit, RateLimit, StartEngineError, TaskQueueOptions},
    storage::{MemoryDisk, MemoryStore, StorageError},
};
use sempre_tests::{
    Attempt, Outcome, Scenario, Veil, World,
    workflow::{Alarm, Board, BoardHandle as _, Call, Caller, Steps, Till, TillHandle as _},
};

/// Starts executions, each with one activity that is named after its number.
async fn call(world: &World, numbers: std::ops::Range<u32>) -> Outcome {
    for number in numbers {
        let caller = world.workflow::<Caller>(format!("caller {number}"));
        caller.start(Call::of(number.to_string())).await?;
    }
    Ok(())
}

/// Waits until each of these has ended, whose activity says that it is done.
async fn ended(
    world: &World,
    workflow_ids: impl IntoIterator<Item = impl Into<WorkflowId>>,
) -> Outcome {
    for workflow_id in workflow_ids {
        let caller = world.workflow::<Caller>(workflow_id);
        assert_eq!(caller.result().await?, "done");
    }
    Ok(())
}

fn callers(numbers: std::ops::Range<u32>) -> impl Iterator<Item = String> {
    numbers.map(|number| format!("caller {number}"))
}

fn at_once(max: usize) -> TaskQueueOptions {
    TaskQueueOptions::default().max_concurrent_attempts(max)
}

fn per_second(starts: u32) -> TaskQueueOptions {
    let per_second = NonZeroU32::new(starts).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::MIN;
    TaskQueueOptions::default().rate_limit(RateLimit { per_second, burst })
}

#[test]
fn nothing_is_begun_on_a_queue_that_is_paused_whatever_process_runs() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let steps = vec!["one".to_owned(), "two".to_owned()];
        let steps = world.workflow::<Steps>("steps").start(steps).await?;
        let first = world.stage.attempt().await;
        let queue = world.engine().task_queue("default");
        queue.pause("the bank is down").await?;
        first.complete("1");
        world
            .until(&steps, |steps| steps.activities.is_empty())
            .await?;
        let stand = steps.describe().await?;
        let kinds: Vec<_> = stand.problems.iter().map(|it| it.kind.clone()).collect();
        let task_queue = "default".into();
        assert_eq!(kinds, [ProblemKind::TaskQueuePaused { task_queue }]);
        assert!(world.engine().needs_attention().is_empty());

        world.crash_and_restart().await?;
        let steps = world.workflow::<Steps>("steps");
        let queue = world.engine().task_queue("default");
        let paused = queue.describe().paused.ok_or("it is paused")?;
        assert_eq!(paused.reason, "the bank is down");
        assert!(steps.describe().await?.workflow_task.is_some());
        assert!(world.stage.started_attempt().is_none());

        queue.unpause("it is back").await?;
        world.stage.attempt().await.complete("2");
        assert_eq!(steps.result().await?, ["1", "2"]);
        Ok(())
    })
}

#[test]
fn activities_wait_for_the_queue_that_they_are_on_and_for_no_other() -> Outcome {
    let scenario = Scenario::of::<Caller>();
    scenario.run(async |world| {
        let queue = world.engine().task_queue("elsewhere");
        queue.pause("nobody is on it").await?;
        call(world, 0..1).await?;
        let attempt = world.stage.attempt().await;
        let others = world.engine().task_queues();
        let named = others.iter().map(|it| it.task_queue.as_str());
        assert_eq!(named.collect::<Vec<_>>(), ["default", "elsewhere"]);
        attempt.complete("done");
        ended(world, ["caller 0"]).await
    })
}

#[test]
fn an_activity_that_waits_in_line_begins_when_the_queue_goes_on() -> Outcome {
    let scenario = Scenario::of::<Caller>();
    let scenario = scenario.with(|engine| engine.task_queue("default", at_once(1)));
    scenario.run(async |world| {
        call(world, 0..2).await?;
        let first = world.stage.attempt().await;
        let queue = world.engine().task_queue("default");
        assert_eq!(queue.describe().waiting, 1);
        queue.pause("not now").await?;
        first.complete("done");
        let caller = world.workflow::<Caller>("caller 0");
        let is_recorded = |it: &sempre::client::WorkflowDescription| it.activities.is_empty();
        world.until(&caller, is_recorded).await?;
        assert!(world.stage.started_attempt().is_none());
        assert_eq!(queue.describe().attempts, 0);
        queue.unpause("now").await?;
        world.stage.attempt().await.complete("done");
        ended(world, callers(0..2)).await
    })
}

#[test]
fn runs_of_a_type_that_is_paused_begin_and_wait_and_those_of_others_go_on() -> Outcome {
    let scenario = Scenario::of::<Board>().and::<Alarm>();
    scenario.run(async |world| {
        let boards = world.engine().workflow_type("Board");
        let old = world.workflow::<Board>("old").start(()).await?;
        old.post("before".into()).await?;
        boards.pause("the wall is painted").await?;
        let new = world.workflow::<Board>("new").start(()).await?;
        let alarm = world.workflow::<Alarm>("alarm").start(0).await?;
        assert_eq!(alarm.result().await?, "it rang");
        for board in [&old, &new] {
            board.post("meanwhile".into()).await?;
            board.close().await?;
            assert!(board.describe().await?.status.is_open());
        }
        assert_eq!(old.notes().await?, ["before"], "it was told of no more");

        world.crash_and_restart().await?;
        let boards = world.engine().workflow_type("Board");
        let paused = boards.paused().ok_or("it is paused")?;
        assert_eq!(paused.reason, "the wall is painted");
        boards.unpause("it is dry").await?;
        let old = world.workflow::<Board>("old");
        assert_eq!(old.result().await?, ["before", "meanwhile"]);
        let new = world.workflow::<Board>("new");
        assert_eq!(new.result().await?, ["meanwhile"]);
        Ok(())
    })
}

#[test]
fn an_update_does_not_wait_for_what_is_paused() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till").start(()).await?;
        till.add(1).await?;
        let tills = world.engine().workflow_type("Till");
        tills.pause("stocktaking").await?;
        let refused = till.add(2).await;
        let Err(UpdateError::NotReady { reason }) = &refused else {
            return Err(format!("it is refused: {refused:?}").into());
        };
        assert_eq!(reason, "workflow type is paused workflow_type=Till");
        tills.unpause("all is there").await?;
        assert_eq!(till.add(2).await?, 3);
        till.close().await?;
        till.result().await?;
        Ok(())
    })
}

#[test]
fn a_queue_runs_as_much_at_once_as_an_operator_says() -> Outcome {
    let scenario = Scenario::of::<Caller>();
    let scenario = scenario.with(|engine| engine.task_queue("default", at_once(3)));
    scenario.run(async |world| {
        let queue = world.engine().task_queue("default");
        queue.limit(at_once(1), "it is slow today").await?;
        call(world, 0..4).await?;
        let first = world.stage.attempt().await;
        assert!(world.stage.started_attempt().is_none());
        queue.limit(at_once(2), "it is less slow").await?;
        let second = world.stage.attempt().await;
        assert!(world.stage.started_attempt().is_none());
        assert!(queue.describe().is_limited);
        // With less than what runs nobody is next before two have ended.
        queue.limit(at_once(1), "it is slow again").await?;
        first.complete("done");
        ended(world, ["caller 0"]).await?;
        assert!(world.stage.started_attempt().is_none());
        second.complete("done");
        let third = world.stage.attempt().await;
        assert!(world.stage.started_attempt().is_none());
        queue.restore("it is well again").await?;
        let fourth = world.stage.attempt().await;
        let stand = queue.describe();
        assert_eq!((stand.options, stand.is_limited), (at_once(3), false));
        third.complete("done");
        fourth.complete("done");
        ended(world, callers(1..4)).await
    })
}

#[test]
fn what_an_operator_has_limited_stays_limited_in_the_next_process() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let queue = world.engine().task_queue("default");
        queue.limit(at_once(1), "it is slow today").await?;
        world.crash_and_restart().await?;
        let queue = world.engine().task_queue("default");
        assert_eq!(queue.describe().options, at_once(1));
        call(world, 0..2).await?;
        let first = world.stage.attempt().await;
        assert!(world.stage.started_attempt().is_none());
        first.complete("done");
        world.stage.attempt().await.complete("done");
        ended(world, callers(0..2)).await
    })
}

#[test]
fn a_queue_starts_as_fast_as_an_operator_says() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let queue = world.engine().task_queue("default");
        queue.limit(per_second(1), "it is slow today").await?;
        call(world, 0..3).await?;
        world.stage.attempt().await.complete("done");
        ended(world, ["caller 0"]).await?;
        assert!(world.stage.started_attempt().is_none());
        world.pass_seconds(1).await;
        world.stage.attempt().await.complete("done");
        assert!(world.stage.started_attempt().is_none());
        // Whoever waits for the rate that was there need not wait for it.
        queue.restore("it is well again").await?;
        world.stage.attempt().await.complete("done");
        ended(world, callers(1..3)).await
    })
}

#[test]
fn the_trail_says_who_has_done_what_and_nothing_that_changed_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let queue = world.engine().task_queue("default").identity("ada");
        queue.pause("the bank is down").await?;
        queue.pause("once more").await?;
        world.crash_and_restart().await?;
        let engine = world.engine();
        let queue = engine.task_queue("default").identity("bob");
        queue.unpause("it is back").await?;
        queue.unpause("twice").await?;
        let release = AuditEntry::new("deploy", "release 2.3").who("ci");
        engine.audit().record(release).await?;
        let trail = engine.audit().await?;
        let told = trail.entries.iter();
        let told = told.map(|it| (it.who.as_str(), it.operation.as_str(), it.subject.as_str()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("ci", "deploy", "release 2.3"),
                ("bob", "unpause task queue", "default"),
                ("ada", "pause task queue", "default"),
            ]
        );
        assert!(trail.next.is_none());
        // It is kept by a workflow of the engine's own, which nobody sees.
        assert!(engine.list("").await?.runs.is_empty());
        Ok(())
    })
}

#[test]
fn a_long_trail_has_pages_and_settings_go_on_from_run_to_run() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let engine = world.engine();
        engine.workflow_type("Board").pause("first of all").await?;
        for number in 0..400 {
            let entry = AuditEntry::new("count", number.to_string());
            engine.audit().record(entry).await?;
        }
        let last = engine.audit().await?;
        let token = last.next.ok_or("there is more")?;
        let first = engine.audit().after(token.to_string().parse()?).await?;
        assert!(first.next.is_none());
        let all = last.entries.iter().chain(&first.entries);
        let subjects: Vec<String> = all.map(|it| it.subject.clone()).collect();
        let mut expected: Vec<String> = (0..400).rev().map(|it| it.to_string()).collect();
        expected.push("Board".to_owned());
        assert_eq!(subjects, expected);
        world.crash_and_restart().await?;
        assert!(world.engine().workflow_type("Board").paused().is_some());
        Ok(())
    })
}

#[test]
fn what_makes_no_sense_is_refused() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let engine = world.engine();
        let schedules = engine.task_queue("temporal-sys-scheduler");
        let refused = [
            schedules.pause("no").await,
            schedules.limit(at_once(1), "no").await,
            engine
                .workflow_type("temporal-sys-scheduler-workflow")
                .pause("no")
                .await,
        ];
        for refused in refused {
            assert!(matches!(refused, Err(OperatorError::OfEngine { .. })));
        }
        let unknown = engine.task_queue("defualt").limit(at_once(1), "no").await;
        assert!(matches!(unknown, Err(OperatorError::NoActivities { .. })));
        let queue = engine.task_queue("default");
        let long = queue.pause("x".repeat(5_000)).await.err();
        let error = long.ok_or("it is refused")?;
        assert_eq!(
            error.to_string(),
            "reason is empty or too long bytes=5000 limit=4096"
        );
        assert_eq!(error.outcome(), RequestOutcome::NotDone);
        assert!(engine.task_queue("").pause("no").await.is_err());
        assert!(queue.describe().paused.is_none());
        engine.shutdown().await;
        let late = queue.pause("too late").await.err().ok_or("it is refused")?;
        assert_eq!(late.outcome(), RequestOutcome::NotDone);
        world.crash_and_restart().await?;
        assert!(
            world
                .engine()
                .task_queue("default")
                .describe()
                .paused
                .is_none()
        );
        Ok(())
    })
}

/// Starts an execution with one activity of a tenant.
async fn call_of(world: &World, name: &'static str, tenant: &str) -> Outcome {
    let caller = world.workflow::<Caller>(name).start(Call::of(name));
    caller
        .priority(Priority::default().fairness_key(tenant))
        .await?;
    Ok(())
}

/// What begins of the attempts that can, by their names.
async fn begun(world: &World, count: usize) -> Vec<Attempt> {
    let mut begun = Vec::new();
    while begun.len() < count {
        begun.push(world.stage.attempt().await);
    }
    assert!(world.stage.started_attempt().is_none());
    begun
}

#[test]
fn a_tenant_has_no_more_of_a_queue_than_it_may_and_holds_up_no_other() -> Outcome {
    let each = AttemptLimit::all().per_key().max_concurrent_attempts(1);
    let options = at_once(3).limit(each);
    let scenario = Scenario::of::<Caller>();
    let scenario = scenario.with(move |engine| engine.task_queue("default", options.clone()));
    scenario.run(async |world| {
        for name in ["a1", "a2", "a3"] {
            call_of(world, name, "acme").await?;
        }
        call_of(world, "g1", "globex").await?;
        let mut running = begun(world, 2).await;
        // Those of two threads begin in any order.
        running.sort_by(|one, other| one.input.cmp(&other.input));
        let names: Vec<&str> = running.iter().map(|it| it.input.as_str()).collect();
        assert_eq!(names, ["a1", "g1"]);
        let stand = world.engine().task_queue("default").describe();
        let loads = stand.limits.iter();
        let loads = loads.map(|it| (it.fairness_key.as_deref(), it.attempts, it.waiting));
        let expected = [(Some("acme"), 1, 2), (Some("globex"), 1, 0)];
        assert_eq!(loads.collect::<Vec<_>>(), expected);
        assert_eq!((stand.attempts, stand.waiting), (2, 2));
        running.remove(1).complete("done");
        ended(world, ["g1"]).await?;
        assert!(world.stage.started_attempt().is_none());
        for next in ["a2", "a3"] {
            running.remove(0).complete("done");
            running = begun(world, 1).await;
            assert_eq!(running[0].input, next);
        }
        running.remove(0).complete("done");
        ended(world, ["a1", "a2", "a3"]).await
    })
}

#[test]
fn a_limit_of_keys_that_an_operator_sets_is_there_in_the_next_process() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let queue = world.engine().task_queue("default");
        let each = AttemptLimit::all().per_key().max_concurrent_attempts(1);
        let options = TaskQueueOptions::default().limit(each);
        queue.limit(options.clone(), "one at a time").await?;
        world.crash_and_restart().await?;
        let queue = world.engine().task_queue("default");
        assert_eq!(queue.describe().options, options);
        for name in ["a1", "a2"] {
            call_of(world, name, "acme").await?;
        }
        let first = begun(world, 1).await.remove(0);
        // Whoever waits for a limit that is not there any more need not wait for it.
        queue.restore("as ever").await?;
        let second = begun(world, 1).await.remove(0);
        first.complete("done");
        second.complete("done");
        ended(world, ["a1", "a2"]).await
    })
}

#[test]
fn each_tenant_starts_as_fast_as_it_may() -> Outcome {
    let (per_second, burst) = (NonZeroU32::MIN, NonZeroU32::MIN);
    let each = AttemptLimit::all().per_key();
    let each = each.rate_limit(RateLimit { per_second, burst });
    let options = TaskQueueOptions::default().limit(each);
    let scenario = Scenario::of::<Caller>();
    let scenario = scenario.with(move |engine| engine.task_queue("default", options.clone()));
    scenario.run(async |world| {
        for (name, tenant) in [("a1", "acme"), ("a2", "acme"), ("g1", "globex")] {
            call_of(world, name, tenant).await?;
        }
        for attempt in begun(world, 2).await {
            assert_ne!(attempt.input, "a2");
            let caller = world.workflow::<Caller>(attempt.input.as_str());
            attempt.complete("done");
            assert_eq!(caller.result().await?, "done");
        }
        world.pass_seconds(1).await;
        let last = begun(world, 1).await.remove(0);
        assert_eq!(last.input, "a2");
        last.complete("done");
        ended(world, ["a2"]).await
    })
}

#[test]
fn who_stops_waiting_has_taken_nothing_back() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let engine = world.engine();
        let queue = engine.task_queue("default");
        world.store().hold();
        assert!(queue.pause("the bank is down").now_or_never().is_none());
        assert!(queue.describe().paused.is_some(), "it is in force");
        world.store().release();
        // What is asked for behind it is written down behind it.
        engine
            .audit()
            .record(AuditEntry::new("deploy", "2.3"))
            .await?;
        world.crash_and_restart().await?;
        let queue = world.engine().task_queue("default");
        assert!(queue.describe().paused.is_some(), "it was written down");
        Ok(())
    })
}

#[test]
fn what_may_not_have_been_written_down_is_written_when_it_is_asked_for_again() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let engine = world.engine();
        let queue = engine.task_queue("default");
        world.store().hold();
        assert!(queue.pause("it may be lost").now_or_never().is_none());
        world.store().release();
        queue.pause("once more").await?;
        let trail = engine.audit().await?;
        let reasons = trail.entries.iter().map(|it| it.reason.as_str());
        assert_eq!(reasons.collect::<Vec<_>>(), ["once more", "it may be lost"]);
        assert_eq!(
            queue.describe().paused.ok_or("it is paused")?.reason,
            "it may be lost"
        );
        Ok(())
    })
}

#[actix::test]
async fn an_engine_that_cannot_read_what_was_set_does_not_start() -> Outcome {
    let disk = MemoryDisk::new();
    let on_disk =
        || -> Result<_, StorageError> { Ok(Engine::on_store(Arc::new(MemoryStore::open(&disk)?))) };
    let veil = || Veil { is_torn: false };
    let engine = on_disk()?.codec(veil()).start().await?;
    engine
        .task_queue("default")
        .pause("the bank is down")
        .await?;
    engine.shutdown().await;

    let refused = on_disk()?.start().await;
    assert!(matches!(refused, Err(StartEngineError::Settings(_))));

    let engine = on_disk()?.codec(veil()).start().await?;
    assert!(engine.task_queue("default").describe().paused.is_some());
    engine.shutdown().await;
    Ok(())
}
