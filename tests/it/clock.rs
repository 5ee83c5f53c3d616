//! The wall clock is set and the machine sleeps: no deadline is early, and none late by the step.

use std::{num::NonZeroU32, time::Duration};

use sempre::{
    Canceled, Workflow, WorkflowContext,
    client::{ResultError, WorkflowFailure},
    handlers,
    model::{EventType, RetryPolicy, Timestamp},
    runtime::{RateLimit, TaskQueueOptions},
    testing::ManualClock,
};
use sempre_tests::{
    Outcome, Scenario, World,
    workflow::{Alarm, Board, BoardHandle as _, Call, Caller},
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const TEN_YEARS: Duration = Duration::from_secs(3_652 * 86_400);
const STEPS: [Duration; 3] = [SECOND, HOUR, TEN_YEARS];

/// Something that happens to a clock, and by how much.
type Change = fn(&ManualClock, Duration);

/// Lets this much time pass, once the engine sleeps until then, and checks that nobody wakes before.
async fn pass_exactly(world: &World, seconds: u64) {
    let then = world.seconds_from_now(seconds);
    world.clock.sleeping_until(then).await;
    assert_eq!(world.clock.next_deadline(), Some(then), "early");
    world.clock.set(then);
}

#[test]
fn a_clock_that_is_put_back_leaves_a_timer_the_time_that_it_had_left() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        for step in STEPS {
            let id = format!("alarm {step:?}");
            let alarm = world.workflow::<Alarm>(id).start(60).await?;
            world.clock.sleeping_until(world.seconds_from_now(60)).await;
            world.clock.advance(20 * SECOND);
            world.clock.put_back(step);
            pass_exactly(world, 40).await;
            assert_eq!(alarm.result().await?, "it rang");
            let closed_at = alarm.describe().await?.closed_at;
            assert_eq!(
                closed_at,
                Some(world.clock.now()),
                "histories say what the clock shows"
            );
        }
        Ok(())
    })
}

#[test]
fn a_clock_that_is_put_forward_and_a_machine_that_sleeps_fire_the_timers_they_pass() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        let changes: [(Change, Duration); 4] = [
            (ManualClock::put_forward, SECOND),
            (ManualClock::put_forward, HOUR),
            (ManualClock::put_forward, TEN_YEARS),
            (ManualClock::suspend, 3 * DAY),
        ];
        for (number, (change, step)) in changes.into_iter().enumerate() {
            let alarm = world.workflow::<Alarm>(format!("alarm {number}"));
            let alarm = alarm.start(step.as_secs()).await?;
            let rings_at = world.clock.now().after(step);
            world.clock.sleeping_until(rings_at).await;
            change(&world.clock, step.saturating_sub(SECOND));
            assert_eq!(alarm.describe().await?.pending_timers, 1, "{step:?}: early");
            change(&world.clock, SECOND);
            assert_eq!(alarm.result().await?, "it rang");
        }
        Ok(())
    })
}

/// Sleeps a minute, again and again.
#[derive(Workflow, Default)]
struct Naps;

#[handlers]
impl Naps {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, naps: u32) -> Result<Vec<Timestamp>, Canceled> {
        let mut woken = Vec::new();
        for _ in 0..naps {
            ctx.sleep(60 * SECOND).await?;
            woken.push(ctx.now());
        }
        Ok(woken)
    }
}

#[test]
fn a_clock_that_was_ahead_for_a_while_freezes_nothing_that_comes_later() -> Outcome {
    Scenario::of::<Naps>().run(async |world| {
        for step in [HOUR, TEN_YEARS] {
            let naps = world.workflow::<Naps>(format!("naps {step:?}"));
            let naps = naps.start(4).await?;
            let began = world.clock.now();
            pass_exactly(world, 60).await;
            world.clock.sleeping_until(world.seconds_from_now(60)).await;
            world.clock.advance(10 * SECOND);
            // The second nap is over by this clock, and the third begins by it.
            world.clock.put_forward(step);
            world.clock.sleeping_until(world.seconds_from_now(60)).await;
            world.clock.advance(20 * SECOND);
            world.clock.put_back(step);
            pass_exactly(world, 40).await;
            pass_exactly(world, 60).await;
            let at = |seconds| began.after(Duration::from_secs(seconds));
            let expected = [at(60), at(70).after(step), at(130), at(190)];
            assert_eq!(naps.result().await?, expected, "{step:?}");
        }
        Ok(())
    })
}

#[test]
fn a_clock_that_is_put_back_stretches_no_attempt_and_no_backoff() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        for step in STEPS {
            let caller = world.workflow::<Caller>(format!("caller {step:?}"));
            let call = Call {
                start_to_close: Some(10 * SECOND),
                retry: Some(RetryPolicy::default().initial_interval(20 * SECOND)),
                ..Call::of("tea")
            };
            let caller = caller.start(call).await?;
            let slow = world.stage.attempt().await;
            world.clock.sleeping_until(world.seconds_from_now(10)).await;
            world.clock.advance(4 * SECOND);
            world.clock.put_back(step);
            pass_exactly(world, 6).await;
            slow.ctx.canceled().await;
            world.clock.sleeping_until(world.seconds_from_now(20)).await;
            world.clock.advance(5 * SECOND);
            world.clock.put_back(step);
            pass_exactly(world, 15).await;
            world.stage.attempt().await.complete("tea");
            assert_eq!(caller.result().await?, "tea");
        }
        Ok(())
    })
}

#[test]
fn a_clock_that_is_put_back_stretches_no_run() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        for step in STEPS {
            let board = world.workflow::<Board>(format!("board {step:?}"));
            let board = board.start(()).run_timeout(60 * SECOND).await?;
            world.clock.sleeping_until(world.seconds_from_now(60)).await;
            world.clock.advance(20 * SECOND);
            world.clock.put_back(step);
            // A message is no reason to count anew.
            board.post("a note".into()).await?;
            pass_exactly(world, 40).await;
            let result = board.result().await;
            assert!(
                matches!(
                    result,
                    Err(ResultError::Workflow(WorkflowFailure::TimedOut))
                ),
                "{result:?}"
            );
        }
        Ok(())
    })
}

#[test]
fn a_rate_goes_by_the_time_that_passes() -> Outcome {
    let one = NonZeroU32::MIN;
    let limit = RateLimit {
        per_second: one,
        burst: one,
    };
    let slowly = TaskQueueOptions::default().rate_limit(limit);
    let scenario = Scenario::of::<Caller>();
    let scenario = scenario.with(move |engine| engine.task_queue("default", slowly.clone()));
    scenario.run_in_any_order(async |world| {
        for number in 0..3 {
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            caller.start(Call::of(number.to_string())).await?;
        }
        let changes: [fn(&World); 3] = [
            |world| world.clock.put_back(HOUR),
            |world| world.clock.suspend(3 * DAY),
            |_| {},
        ];
        for change in changes {
            let attempt = world.stage.attempt().await;
            let caller = world.workflow::<Caller>(format!("caller {}", attempt.input));
            attempt.complete("done");
            assert_eq!(caller.result().await?, "done");
            assert!(world.stage.started_attempt().is_none(), "one a second");
            if let Some(next) = world.clock.next_deadline() {
                world.clock.sleeping_until(next).await;
            }
            change(world);
            world.clock.advance(SECOND);
        }
        Ok(())
    })
}

#[test]
fn an_attempt_that_was_started_by_a_clock_that_was_ahead_times_out_in_its_time() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        world.clock.put_forward(TEN_YEARS);
        let call = Call {
            start_to_close: Some(10 * SECOND),
            heartbeat: Some(5 * SECOND),
            retry: Some(RetryPolicy::none()),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        world.clock.sleeping_until(world.seconds_from_now(5)).await;
        world.clock.put_back(TEN_YEARS);
        pass_exactly(world, 5).await;
        attempt.ctx.canceled().await;
        assert!(caller.result().await.is_err());
        let history = caller.history().await?;
        let mut events = history.events.iter();
        assert!(events.any(|event| event.event_type() == EventType::ActivityTaskTimedOut));
        Ok(())
    })
}

#[test]
fn a_process_whose_clock_is_behind_the_last_one_waits_no_longer_than_it_would_have() -> Outcome {
    Scenario::of::<Alarm>().run_unchecked(async |world| {
        world.workflow::<Alarm>("alarm").start(60).await?;
        world.clock.sleeping_until(world.seconds_from_now(60)).await;
        world.clock.advance(20 * SECOND);
        world.clock.put_back(TEN_YEARS);
        world.crash_and_restart().await?;
        // How much time has passed since it began, no clock can say.
        world.clock.sleeping_until(world.seconds_from_now(60)).await;
        world.clock.advance(59 * SECOND);
        let alarm = world.workflow::<Alarm>("alarm");
        assert_eq!(alarm.describe().await?.pending_timers, 1, "early");
        world.clock.advance(SECOND);
        assert_eq!(alarm.result().await?, "it rang");
        Ok(())
    })
}

#[test]
fn an_engine_runs_at_both_ends_of_time() -> Outcome {
    for beginning in [
        Timestamp::EPOCH,
        Timestamp::from_nanos(u64::MAX / 2),
        Timestamp::MAX,
    ] {
        let clock = ManualClock::starting_at(beginning);
        clock.put_back(DAY);
        let engine_clock = clock.clone();
        let scenario = Scenario::of::<Alarm>();
        let scenario = scenario.with(move |engine| engine.clock(engine_clock.clone()));
        scenario.run_unchecked(async |world| {
            let alarm = world.workflow::<Alarm>("alarm").start(60).await?;
            let long = world.workflow::<Alarm>("long").start(u64::MAX).await?;
            clock.sleeping_until(clock.now().after(60 * SECOND)).await;
            clock.advance(60 * SECOND);
            assert_eq!(alarm.result().await?, "it rang");
            assert_eq!(long.describe().await?.pending_timers, 1);
            clock.put_back(TEN_YEARS);
            assert_eq!(long.describe().await?.pending_timers, 1);
            Ok(())
        })?;
    }
    Ok(())
}
