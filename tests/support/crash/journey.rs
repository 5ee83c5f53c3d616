//! The workload: activities, timers and signals, in rounds, beside a child with runs of its own.

use std::{thread, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, Canceled, Failure, RetryPolicy, WaitError,
    Workflow, WorkflowContext, activities, handlers,
    workflow::{ChildError, combinator::try_join},
};

use crate::crash::ledger::{ActivityKey, Ledger, Mark};

/// Rounds of a journey; each waits for one signal.
pub const ROUNDS: u32 = 3;

/// The activities of a journey.
#[derive(Debug)]
pub struct Steps {
    /// Where attempts leave their lines.
    pub ledger: Ledger,
}

#[activities]
impl Steps {
    /// Fails at first, then takes so many milliseconds.
    #[activity(start_to_close = "10s", retry(initial_interval = "5ms"))]
    pub async fn walk(&self, ctx: ActivityContext, millis: u64) -> Result<(), ApplicationFailure> {
        self.note(&ctx, Mark::Start)?;
        if ctx.info().attempt == 1 {
            self.note(&ctx, Mark::End)?;
            return Err(ApplicationFailure::new("stumbled", "Stumbled"));
        }
        actix::clock::sleep(Duration::from_millis(millis)).await;
        self.note(&ctx, Mark::End)
    }

    /// Takes so many milliseconds of a thread of its own.
    #[activity(start_to_close = "10s", retry(initial_interval = "5ms"))]
    #[expect(clippy::disallowed_methods, reason = "stands for work that blocks")]
    pub fn ride(&self, ctx: ActivityContext, millis: u64) -> Result<(), ApplicationFailure> {
        self.note(&ctx, Mark::Start)?;
        thread::sleep(Duration::from_millis(millis));
        self.note(&ctx, Mark::End)
    }

    fn note(&self, ctx: &ActivityContext, mark: Mark) -> Result<(), ApplicationFailure> {
        let info = ctx.info();
        let key: ActivityKey = (
            info.execution.workflow_id.to_string(),
            info.activity_id.to_string(),
        );
        let written = self.ledger.write(mark, &key, info.attempt);
        written.map_err(|error| ApplicationFailure::new(error.to_string(), "Ledger"))
    }
}

/// Why a journey does not arrive; it always does.
#[derive(Debug, Display, Error, Failure, From)]
pub enum JourneyError {
    /// An activity failed for good.
    #[display("step failed: {_0}")]
    Step(#[failure(cause)] ActivityError<ApplicationFailure>),
    /// Its child failed for good.
    #[display("detour failed: {_0}")]
    Detour(#[failure(cause)] ChildError<ApplicationFailure>),
    /// Somebody canceled it.
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
}

/// Runs of the chain of a detour.
pub const DETOUR_RUNS: usize = 3;

/// The child of a journey: it fails at first, and then goes on as new.
#[derive(Workflow, Default, Debug)]
pub struct Detour;

#[handlers]
impl Detour {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, left: u32) -> Result<(), ApplicationFailure> {
        if left == 0 {
            return Ok(());
        }
        if ctx.info().attempt == 1 {
            return Err(ApplicationFailure::new("lost the way", "Lost"));
        }
        match ctx.continue_as_new(left - 1).await {}
    }
}

/// A journey, and the signals it has had.
#[derive(Workflow, Default, Debug)]
pub struct Journey {
    signals: Vec<u32>,
}

#[handlers]
impl Journey {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<u32>, JourneyError> {
        let retry = RetryPolicy::default().initial_interval(Duration::from_millis(5));
        let detour = ctx.child::<Detour>(..).retry(retry).run(1);
        for round in 1..=ROUNDS {
            let (pause, walk, ride) = {
                let mut random = ctx.random();
                (
                    random.range(5..40),
                    random.range(0..20),
                    random.range(0..20),
                )
            };
            ctx.activity(Steps::walk, walk).await?;
            ctx.sleep(Duration::from_millis(pause)).await?;
            // A timer that is mostly canceled, and now and then fires first.
            let cheered = ctx.wait_until(move |it| it.signals.len() >= round as usize);
            match cheered.timeout(Duration::from_millis(200)).await {
                Ok(()) => {}
                Err(WaitError::TimedOut) => {
                    ctx.wait_until(move |it| it.signals.len() >= round as usize)
                        .await?;
                }
                Err(_) => return Err(Canceled::default().into()),
            }
            try_join!(
                ctx.activity(Steps::ride, ride),
                ctx.activity(Steps::walk, walk),
            )?;
        }
        detour.await?;
        Ok(ctx.state(|it| it.signals.clone()))
    }

    /// Takes note of encouragement.
    #[signal]
    pub fn cheer(&mut self, number: u32) {
        self.signals.push(number);
    }
}
