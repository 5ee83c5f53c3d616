//! Timers: they fire at their time, never earlier, and each has its end in the history.

use std::time::Duration;

use futures::FutureExt as _;
use sempre::{
    Canceled, Timestamp, WaitError, Workflow, WorkflowContext, handlers,
    model::{EventAttributes, EventType},
    workflow::combinator::join,
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{Alarm, Echo},
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_timer_fires_at_its_time_and_no_earlier() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        let alarm = world.workflow::<Alarm>("alarm").start(3_600).await?;
        let rings_at = world.seconds_from_now(3_600);
        world.clock.sleeping_until(rings_at).await;
        world.clock.advance(Duration::from_secs(3_599));
        let timers = alarm.describe().await?.timers;
        assert_eq!(timers.len(), 1, "{timers:?}");
        assert!(timers.iter().all(|timer| timer.fires_at == rings_at));
        world.clock.set(rings_at);
        assert_eq!(alarm.result().await?, "it rang");
        assert_eq!(alarm.describe().await?.closed_at, Some(rings_at));
        Ok(())
    })
}

#[test]
fn a_sleep_of_no_length_starts_no_timer() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        let alarm = world.workflow::<Alarm>("alarm").start(0).await?;
        assert_eq!(alarm.result().await?, "it rang");
        let history = alarm.history().await?;
        let mut events = history.events.iter();
        assert!(events.all(|event| event.event_type() != EventType::TimerStarted));
        Ok(())
    })
}

#[test]
fn a_clock_that_jumps_fires_everything_it_passes_in_the_order_of_time() -> Outcome {
    Scenario::of::<Order>().run(async |world| {
        let order = world.workflow::<Order>("order").start(()).await?;
        world.clock.sleeping_until(world.seconds_from_now(1)).await;
        world.clock.advance(10 * SECOND);
        // The program is told all of it at once, and takes its branches in their written order.
        assert_eq!(order.result().await?, [3, 1, 2]);
        let history = order.history().await?;
        let fired = history.attributes().filter_map(|event| match event {
            EventAttributes::TimerFired(fired) => Some(fired.timer_id.as_str()),
            _ => None,
        });
        assert_eq!(fired.collect::<Vec<_>>(), ["2", "3", "1"]);
        let types: Vec<_> = history
            .attributes()
            .map(EventAttributes::event_type)
            .collect();
        assert_eq!(types.get(10), Some(&EventType::WorkflowTaskScheduled));
        Ok(())
    })
}

/// Notes which of its timers fires when.
#[derive(Workflow, Default)]
struct Order {
    fired: Vec<u64>,
}

#[handlers]
impl Order {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<u64>, Canceled> {
        let note = async |seconds: u64| {
            ctx.sleep(Duration::from_secs(seconds)).await?;
            ctx.update(|order| order.fired.push(seconds));
            Ok::<_, Canceled>(())
        };
        let (first, second, third) = join!(note(3), note(1), note(2));
        first.and(second).and(third)?;
        Ok(ctx.state(|order| order.fired.clone()))
    }
}

/// Waits for a word, but not for ever.
#[derive(Workflow, Default)]
struct Patience {
    word: Option<String>,
}

#[handlers]
impl Patience {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Option<String>, Canceled> {
        let word = ctx.wait_until(|state| state.word.is_some());
        match word.timeout(60 * SECOND).await {
            Err(WaitError::Canceled(canceled)) => Err(canceled),
            Ok(()) | Err(_) => Ok(ctx.state(|state| state.word.clone())),
        }
    }

    #[signal]
    fn say(&mut self, word: String) {
        self.word = Some(word);
    }
}

#[test]
fn a_wait_that_is_over_in_time_cancels_its_timer() -> Outcome {
    Scenario::of::<Patience>().run(async |world| {
        let patience = world.workflow::<Patience>("patience").start(()).await?;
        patience.say("please".into()).await?;
        assert_eq!(patience.result().await?.as_deref(), Some("please"));
        Ok(())
    })
}

#[test]
fn a_wait_that_is_not_over_in_time_ends_with_its_timer() -> Outcome {
    Scenario::of::<Patience>().run(async |world| {
        let patience = world.workflow::<Patience>("patience").start(()).await?;
        world.pass_seconds(60).await;
        assert_eq!(patience.result().await?, None);
        Ok(())
    })
}

#[test]
fn a_result_is_not_there_before_the_run_has_closed() -> Outcome {
    Scenario::of::<Alarm>().and::<Echo>().run(async |world| {
        let alarm = world.workflow::<Alarm>("alarm").start(60).await?;
        let mut result = std::pin::pin!(alarm.result());
        assert!(result.as_mut().now_or_never().is_none());
        // Another execution has its result meanwhile, so the engine had time to give this one.
        let echo = world.workflow::<Echo>("echo").start("hello".into()).await?;
        echo.result().await?;
        assert!(result.as_mut().now_or_never().is_none());
        world.pass_seconds(60).await;
        assert_eq!(result.await?, "it rang");
        Ok(())
    })
}

/// Sleeps until each of these points in time, one after the other, and tells what time it is then.
#[derive(Workflow, Default)]
struct Appointments;

#[handlers]
impl Appointments {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        points: Vec<Timestamp>,
    ) -> Result<Vec<Timestamp>, Canceled> {
        let mut kept = Vec::new();
        for point in points {
            ctx.sleep_until(point).await?;
            kept.push(ctx.now());
        }
        Ok(kept)
    }
}

#[test]
fn a_pause_until_a_point_in_time_ends_then_and_one_that_has_passed_at_once() -> Outcome {
    Scenario::of::<Appointments>().run(async |world| {
        let begun = world.clock.now();
        let (noon, evening) = (begun.after(60 * SECOND), begun.after(90 * SECOND));
        let points = vec![Timestamp::EPOCH, begun, noon, noon, evening];
        let kept = vec![begun, begun, noon, noon, evening];
        let appointments = world.workflow::<Appointments>("appointments");
        let appointments = appointments.start(points).await?;
        world.pass_seconds(60).await;
        world.pass_seconds(30).await;
        assert_eq!(appointments.result().await?, kept);
        let history = appointments.history().await?;
        let timers = history
            .attributes()
            .filter(|event| matches!(event, EventAttributes::TimerStarted(_)));
        assert_eq!(timers.count(), 2);
        Ok(())
    })
}
