//! The activities: each takes its time, and leaves a line when it begins and when it ends.

use std::{thread, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{ActivityContext, ApplicationFailure, Failure, OrFailure as _, activities};

use crate::ledger::{Ledger, Line, Mark};

/// Why an attempt fails.
#[derive(Debug, Display, Error, Failure, From)]
pub(crate) enum StepError {
    /// So that there is something to retry even without a kill.
    #[display("payment gateway is busy")]
    GatewayBusy,
    /// The side file cannot be written.
    #[display("ledger cannot be written: {_0}")]
    Ledger(#[failure(cause)] ApplicationFailure),
}

/// What the activities share.
pub(crate) struct Steps {
    pub(crate) ledger: Ledger,
}

#[activities]
impl Steps {
    #[activity(start_to_close = "10s", retry(initial_interval = "100ms"))]
    pub(crate) fn reserve(&self, ctx: ActivityContext) -> Result<(), StepError> {
        self.work(&ctx, 150)
    }

    #[activity(start_to_close = "10s", retry(initial_interval = "100ms"))]
    pub(crate) fn charge(&self, ctx: ActivityContext) -> Result<(), StepError> {
        if ctx.info().attempt <= 2 {
            self.note(&ctx, Mark::Start)?;
            self.note(&ctx, Mark::Fail)?;
            return Err(StepError::GatewayBusy);
        }
        self.work(&ctx, 200)
    }

    #[activity(start_to_close = "10s", retry(initial_interval = "100ms"))]
    pub(crate) fn pack(&self, ctx: ActivityContext) -> Result<(), StepError> {
        self.work(&ctx, 300)
    }

    #[activity(start_to_close = "10s", retry(initial_interval = "100ms"))]
    pub(crate) fn label(&self, ctx: ActivityContext) -> Result<(), StepError> {
        self.work(&ctx, 50)
    }

    #[activity(start_to_close = "10s", retry(initial_interval = "100ms"))]
    pub(crate) fn ship(&self, ctx: ActivityContext) -> Result<(), StepError> {
        self.work(&ctx, 150)
    }

    #[expect(clippy::disallowed_methods, reason = "stands for work that takes time")]
    fn work(&self, ctx: &ActivityContext, millis: u64) -> Result<(), StepError> {
        self.note(ctx, Mark::Start)?;
        thread::sleep(Duration::from_millis(millis));
        self.note(ctx, Mark::End)
    }

    fn note(&self, ctx: &ActivityContext, mark: Mark) -> Result<(), StepError> {
        let info = ctx.info();
        let line = Line {
            mark,
            order: info.execution.workflow_id.to_string(),
            activity: info.activity_type.to_string(),
            attempt: info.attempt,
        };
        Ok(self.ledger.write(&line).or_failure("Io")?)
    }
}
