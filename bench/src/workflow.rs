//! The workloads.

use std::{convert::Infallible, time::Duration};

use sempre::{ActivityError, Canceled, Workflow, WorkflowContext, activity, handlers};

/// Does next to nothing.
#[activity(start_to_close = "1m")]
pub(crate) async fn nothing(number: u32) -> u32 {
    number
}

/// One activity after the other.
#[derive(Workflow, Default)]
pub(crate) struct Steps;

#[handlers]
impl Steps {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: u32) -> Result<u32, ActivityError<Infallible>> {
        let mut sum = 0;
        for step in 0..steps {
            sum += ctx.activity(nothing, step).await?;
        }
        Ok(sum)
    }
}

/// All activities at once.
#[derive(Workflow, Default)]
pub(crate) struct FanOut;

#[handlers]
impl FanOut {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, width: u32) -> Result<u32, ActivityError<Infallible>> {
        let calls = (0..width).map(|number| ctx.activity(nothing, number).start());
        let done = sempre::workflow::combinator::try_join_all(calls).await?;
        Ok(done.into_iter().sum())
    }
}

/// A timer far away.
#[derive(Workflow, Default)]
pub(crate) struct Sleeper;

#[handlers]
impl Sleeper {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, hours: u64) -> Result<(), Canceled> {
        ctx.sleep(Duration::from_secs(3600 * hours)).await
    }
}
