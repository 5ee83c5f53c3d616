//! How many attempts a task queue runs at once, how fast it starts them, and who is next.

use std::{num::NonZeroU32, time::Duration};

use futures::FutureExt as _;
use sempre::{
    model::Priority,
    runtime::{RateLimit, TaskQueueOptions},
};
use sempre_tests::{
    Outcome, Scenario, World,
    workflow::{Call, Caller},
};

/// A story on an engine whose queue has these options.
fn on_queue(options: TaskQueueOptions) -> Scenario {
    Scenario::of::<Caller>().with(move |engine| engine.task_queue("default", options.clone()))
}

/// Starts executions, each with one activity that is named after its number.
async fn start(world: &World, numbers: std::ops::Range<u32>) -> Outcome {
    for number in numbers {
        let caller = world.workflow::<Caller>(format!("caller {number}"));
        caller.start(Call::of(number.to_string())).await?;
    }
    Ok(())
}

#[test]
fn no_more_attempts_run_at_once_than_there_are_slots_and_they_take_turns() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(2);
    on_queue(options).run(async |world| {
        start(world, 0..6).await?;
        let mut running = Vec::new();
        let mut seen = Vec::new();
        while seen.len() < 6 {
            while running.len() < 2 && seen.len() < 6 {
                let attempt = world.stage.attempt().await;
                seen.push(attempt.input.clone());
                running.push(attempt);
            }
            assert!(world.stage.started_attempt().is_none());
            let first = running.remove(0);
            let caller = world.workflow::<Caller>(format!("caller {}", first.input));
            first.complete("done");
            assert_eq!(caller.result().await?, "done");
        }
        for attempt in running {
            attempt.complete("done");
        }
        // First come, first served, whichever thread they are on.
        assert_eq!(seen, ["0", "1", "2", "3", "4", "5"]);
        for number in 0..6 {
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            caller.result().await?;
        }
        Ok(())
    })
}

#[test]
fn an_activity_that_is_canceled_while_it_waits_gives_its_turn_to_the_next() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(1);
    on_queue(options).run(async |world| {
        start(world, 0..3).await?;
        let first = world.stage.attempt().await;
        let second = world.workflow::<Caller>("caller 1");
        second.cancel("no time").await?;
        assert!(second.result().await.is_err());
        first.complete("done");
        let third = world.stage.attempt().await;
        assert_eq!(third.input, "2");
        third.complete("done");
        let third = world.workflow::<Caller>("caller 2");
        assert_eq!(third.result().await?, "done");
        world.workflow::<Caller>("caller 0").result().await?;
        Ok(())
    })
}

#[test]
fn attempts_start_no_faster_than_the_rate_allows() -> Outcome {
    let limit = RateLimit {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN.saturating_add(1),
    };
    on_queue(TaskQueueOptions::default().rate_limit(limit)).run(async |world| {
        start(world, 0..4).await?;
        let began = world.seconds_from_now(0);
        // Two at once after a quiet time, then one a second, in their order.
        for (number, after) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
            let due = began.after(Duration::from_secs(after));
            if due > world.seconds_from_now(0) {
                assert!(world.stage.started_attempt().is_none());
                world.clock.sleeping_until(due).await;
                world.clock.set(due);
            }
            let attempt = world.stage.attempt().await;
            assert_eq!(attempt.input, number.to_string());
            assert_eq!(attempt.ctx.info().started_at, due);
            attempt.complete("done");
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            caller.result().await?;
        }
        Ok(())
    })
}

#[test]
fn queues_do_not_wait_for_each_other() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(1);
    let scenario = Scenario::of::<Caller>().with(move |engine| {
        let actors = sempre_tests::Stage::default().actors();
        let engine = engine.task_queue("default", options.clone());
        engine.activities_on("elsewhere", actors)
    });
    scenario.run(async |world| {
        start(world, 0..1).await?;
        let first = world.stage.attempt().await;
        let call = Call {
            task_queue: Some("elsewhere".into()),
            ..Call::of("elsewhere")
        };
        let elsewhere = world.workflow::<Caller>("elsewhere").start(call).await?;
        let described = elsewhere.describe().await?;
        let activity = described.activities.first().ok_or("it is pending")?;
        assert!(activity.started_at.is_some());
        elsewhere.terminate("seen").await?;
        first.complete("done");
        world.workflow::<Caller>("caller 0").result().await?;
        Ok(())
    })
}

/// A queue that starts one attempt a second.
fn one_a_second() -> TaskQueueOptions {
    TaskQueueOptions::default().rate_limit(RateLimit {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    })
}

#[test]
fn those_who_no_longer_want_a_slot_cost_no_start_and_are_not_brought_into_memory() -> Outcome {
    const GONE: u32 = 60;
    on_queue(one_a_second()).run(async |world| {
        start(world, 0..1).await?;
        let first = world.stage.attempt().await;
        let began = world.seconds_from_now(0);
        start(world, 1..GONE + 2).await?;
        for number in 1..=GONE {
            let gone = world.workflow::<Caller>(format!("caller {number}"));
            match number % 2 {
                0 => gone.cancel("no time").await?,
                _ => gone.terminate("no time").await?,
            }
            assert!(gone.result().await.is_err());
        }
        let reads = world.reads();
        let due = began.after(Duration::from_secs(1));
        world.clock.sleeping_until(due).await;
        world.clock.set(due);
        let next = world.stage.attempt().await;
        assert_eq!(next.input, (GONE + 1).to_string());
        assert_eq!(next.ctx.info().started_at, due);
        let gone = 1..usize::try_from(GONE)? + 1;
        assert_eq!(world.reads()[gone.clone()], reads[gone]);
        for attempt in [first, next] {
            let caller = world.workflow::<Caller>(format!("caller {}", attempt.input));
            attempt.complete("done");
            caller.result().await?;
        }
        Ok(())
    })
}

#[test]
fn an_activity_that_runs_out_of_time_in_line_gives_its_place_up() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(1);
    on_queue(options).run(async |world| {
        start(world, 0..1).await?;
        let first = world.stage.attempt().await;
        let hasty = Call {
            schedule_to_start: Some(Duration::from_secs(2)),
            ..Call::of("hasty")
        };
        let hasty = world.workflow::<Caller>("hasty").start(hasty).await?;
        start(world, 1..2).await?;
        world.pass_seconds(2).await;
        assert!(hasty.result().await.is_err());
        // Whatever was on its way to the run has been dealt with once it answers.
        hasty.describe().await?;
        let reads = world.reads();
        first.complete("done");
        let second = world.stage.attempt().await;
        assert_eq!(second.input, "1");
        assert_eq!(world.reads()[1], reads[1], "it was not brought into memory");
        second.complete("done");
        for number in 0..2 {
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            caller.result().await?;
        }
        Ok(())
    })
}

#[test]
fn nothing_starts_from_the_line_once_the_engine_stops() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(1);
    let scenario = on_queue(options).with(|engine| engine.shutdown_grace(Duration::from_secs(7)));
    scenario.run(async |world| {
        start(world, 0..3).await?;
        let first = world.stage.attempt().await;
        let engine = world.engine();
        let mut stopping = std::pin::pin!(engine.shutdown());
        assert!(stopping.as_mut().now_or_never().is_none());
        first.complete("done");
        stopping.await;
        assert!(world.stage.started_attempt().is_none());
        world.crash_and_restart().await?;
        for _ in 1..3 {
            let next = world.stage.attempt().await;
            assert_eq!(next.number(), 1, "it never ran before");
            let caller = world.workflow::<Caller>(format!("caller {}", next.input));
            next.complete("done");
            caller.result().await?;
        }
        world.workflow::<Caller>("caller 0").result().await?;
        Ok(())
    })
}

/// Starts executions of one tenant, each with one activity that is named after its number.
async fn start_of(world: &World, tenant: &str, numbers: std::ops::Range<u32>) -> Outcome {
    for number in numbers {
        let caller = world.workflow::<Caller>(format!("caller {number}"));
        let start = caller.start(Call::of(number.to_string()));
        let priority = Priority::default().fairness_key(tenant);
        start.priority(priority).await?;
    }
    Ok(())
}

#[test]
fn tenants_take_turns_and_what_is_urgent_goes_first() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(1);
    on_queue(options).run(async |world| {
        start_of(world, "loud", 0..5).await?;
        start_of(world, "quiet", 5..7).await?;
        let urgent = world.workflow::<Caller>("caller 7").start(Call::of("7"));
        urgent.priority(Priority::default().key(1)).await?;
        let mut seen = Vec::new();
        for _ in 0..8 {
            let attempt = world.stage.attempt().await;
            let caller = world.workflow::<Caller>(format!("caller {}", attempt.input));
            seen.push(attempt.input.clone());
            attempt.complete("done");
            caller.result().await?;
        }
        // The first one found a free slot.
        assert_eq!(seen, ["0", "7", "1", "5", "2", "6", "3", "4"]);
        Ok(())
    })
}
