//! The workflow: activities one after the other and side by side, a timer, and a signal.

use std::time::Duration;

use derive_more::{Display, Error, From};
use sempre::{
    ActivityError, Canceled, Failure, Workflow, WorkflowContext, handlers,
    workflow::combinator::try_join,
};

use crate::activity::{StepError, Steps};

/// Why an order is not shipped; nothing of the kind happens here.
#[derive(Debug, Display, Error, Failure, From)]
pub(crate) enum OrderError {
    /// A step failed for good.
    #[display("step failed: {_0}")]
    Step(#[failure(cause)] ActivityError<StepError>),
    /// Somebody canceled the order.
    #[display("order canceled")]
    Canceled(#[failure(cause)] Canceled),
}

/// An order on its way.
#[derive(Workflow, Default)]
pub(crate) struct Order {
    approved: bool,
}

/// The activities that each order takes.
pub(crate) const STEPS: [&str; 5] = ["reserve", "charge", "pack", "label", "ship"];

#[handlers]
impl Order {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), OrderError> {
        ctx.activity(Steps::reserve, ()).await?;
        ctx.activity(Steps::charge, ()).await?;
        // The time goes on while there is no process.
        ctx.sleep(Duration::from_secs(1)).await?;
        ctx.wait_until(|order| order.approved).await?;
        try_join!(
            ctx.activity(Steps::pack, ()),
            ctx.activity(Steps::label, ()),
        )?;
        ctx.activity(Steps::ship, ()).await?;
        Ok(())
    }

    #[signal]
    pub(crate) fn approve(&mut self) {
        self.approved = true;
    }

    #[query]
    pub(crate) fn is_approved(&self) -> bool {
        self.approved
    }
}
