//! A call of an activity is a future: whatever takes futures takes it as it is.

use std::{convert::Infallible, time::Duration};

use futures::{StreamExt as _, stream};
use sempre::{
    ActivityError, Workflow, WorkflowContext, activity, handlers,
    model::EventType,
    testing::TestEnvironment,
    workflow::combinator::{join, join_all, map_concurrent, select, try_join},
};
use sempre_tests::{Outcome, Scenario, block_on};

const HOUR: Duration = Duration::from_secs(3_600);

// Longer than any wait here: the clock goes to the next deadline.
#[activity(start_to_close = "10h")]
async fn double(number: u64) -> u64 {
    number * 2
}

/// Calls the activity in every way.
#[derive(Workflow, Default)]
struct Calls;

#[handlers]
impl Calls {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u64, ActivityError<Infallible>> {
        let made_there = select! {
            number = ctx.activity(double, 1) => number?,
            _ = ctx.sleep(HOUR) => 0,
        };
        let mut named = ctx.activity(double, 2).start_to_close(HOUR);
        let named = select! {
            number = named => number?,
            _ = ctx.sleep(HOUR) => 0,
        };
        let unordered = stream::iter(1..=10).map(|number| ctx.activity(double, number));
        let unordered: Vec<_> = unordered.buffer_unordered(3).collect().await;
        let unordered: u64 = unordered.into_iter().sum::<Result<u64, _>>()?;
        let mapped = map_concurrent(1..=10, 0, |number| ctx.activity(double, number)).await;
        let mapped = mapped.into_iter().collect::<Result<Vec<u64>, _>>()?;
        let all = join_all((1..=3).map(|number| ctx.activity(double, number))).await;
        let all: u64 = all.into_iter().sum::<Result<u64, _>>()?;
        let double = try_join!(ctx.activity(double, 5), ctx.activity(double, 6))?;
        let last = mapped.last().copied().unwrap_or_default();
        Ok(made_there + named + unordered + last + all + double.0 + double.1)
    }
}

#[test]
fn a_call_is_taken_by_every_combinator() -> Outcome {
    Scenario::of::<Calls>()
        .with(|engine| engine.activities(double))
        .run_in_any_order(async |world| {
            let calls = world.workflow::<Calls>("calls").start(()).await?;
            assert_eq!(calls.result().await?, 2 + 4 + 110 + 20 + 12 + 10 + 12);
            Ok(())
        })
}

/// Asks for an activity, and for a timer after it.
#[derive(Workflow, Default)]
struct Both;

#[handlers]
impl Both {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) {
        let unasked = ctx.activity(double, 0);
        drop(unasked);
        let _ = join!(ctx.activity(double, 1), ctx.sleep(HOUR));
        select! {
            _ = ctx.activity(double, 2) => (),
            _ = ctx.sleep(HOUR) => (),
        }
    }
}

#[test]
fn commands_leave_in_the_order_in_which_they_are_written() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        env.activities(double);
        let both = env.workflow::<Both>("both").start(()).await?;
        both.result().await?;
        env.assert_replays(&both).await;
        let pair = [EventType::ActivityTaskScheduled, EventType::TimerStarted];
        let history = both.history().await?;
        let asked = history.events.iter().map(|event| event.event_type());
        let asked = asked.filter(|event_type| pair.contains(event_type));
        assert_eq!(asked.collect::<Vec<_>>(), [pair, pair].concat());
        Ok(())
    })
}
