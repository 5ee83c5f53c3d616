//! The workflow that a bulk job is: it carries out what its ledger says.

use std::convert::Infallible;

use derive_more::{Display, Error};
use sempre_macros::{Failure, Workflow, handlers};

use crate::{
    bulk::{
        activity::{act, find},
        ledger::{ActRequest, FindRequest, Ledger, Steering, Step},
    },
    workflow::{Canceled, WorkflowContext},
};

/// Events after which a job goes on as new, so that it is replayed quickly.
const EVENTS_MAX: u64 = 2_000;

/// The workflow that a bulk job is.
#[derive(Workflow)]
#[workflow(name = "temporal-sys-batch-workflow")]
pub(crate) struct BulkJob {
    ledger: Ledger,
    /// Whether something has happened that may change what is to be done.
    is_stirred: bool,
}

/// Why a job has ended early.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
pub(crate) enum JobError {
    /// Somebody has asked for it.
    #[display("{_0}")]
    Canceled(#[failure(cause)] Canceled),
    /// It cannot do what it was asked to.
    #[display("{why}")]
    Impossible { why: String },
}

#[handlers]
impl BulkJob {
    #[init]
    fn init(ledger: &Ledger) -> Self {
        Self {
            ledger: ledger.clone(),
            is_stirred: false,
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, _: Ledger) -> Result<(), JobError> {
        // What has begun goes on to its end, which is never far.
        let own = ctx.detached();
        let run_id = ctx.info().execution.run_id;
        own.update(|it| it.ledger.open(ctx.now(), run_id));
        loop {
            if ctx.is_canceled() {
                return Err(JobError::Canceled(ctx.canceled().await));
            }
            own.update(|it| it.is_stirred = false);
            let now = ctx.now();
            if ctx.history_length() > EVENTS_MAX || ctx.suggest_continue_as_new() {
                go_on_as_new(&own).await;
            }
            match own.update(|it| it.ledger.next_step(now)) {
                Step::Find(request) => find_further(&own, request).await?,
                Step::Act(request) => act_on_some(&own, request).await?,
                Step::Wait(until) => {
                    let stirred = ctx.wait_until(|it| it.is_stirred);
                    let _awake = match until {
                        Some(at) => stirred.timeout(at.since(now)).await.is_ok(),
                        None => stirred.await.is_ok(),
                    };
                }
                Step::GoOn => go_on_as_new(&own).await,
                Step::End => return Ok(()),
                Step::Fail(why) => return Err(JobError::Impossible { why }),
            }
        }
    }

    /// Holds the job back, or lets it go on.
    #[update]
    pub(crate) async fn steer(
        ctx: WorkflowContext<Self>,
        steering: Steering,
    ) -> Result<(), Infallible> {
        let now = ctx.now();
        ctx.update(|it| {
            it.ledger.steer(steering, now);
            it.is_stirred = true;
        });
        Ok(())
    }

    /// All that is known of the job.
    #[query]
    pub(crate) fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

/// Hands everything on to the next run, which looks at what is to be done.
async fn go_on_as_new(ctx: &WorkflowContext<BulkJob>) {
    // Whoever waits for an answer is told before the run closes.
    let _handled = ctx.all_handlers_finished().await;
    let ledger = ctx.state(|it| it.ledger.clone());
    match ctx.continue_as_new(ledger).await {}
}

async fn find_further(
    ctx: &WorkflowContext<BulkJob>,
    request: FindRequest,
) -> Result<(), JobError> {
    match ctx.activity(find, request).await {
        Ok(found) => {
            ctx.update(|it| it.ledger.take_found(&found));
            Ok(())
        }
        Err(error) => Err(JobError::Impossible {
            why: format!("its runs cannot be found: {error}"),
        }),
    }
}

async fn act_on_some(ctx: &WorkflowContext<BulkJob>, request: ActRequest) -> Result<(), JobError> {
    match ctx.activity(act, request.clone()).await {
        Ok(acted) => {
            let now = ctx.now();
            ctx.update(|it| it.ledger.take_acted(&request, acted, now));
            Ok(())
        }
        Err(error) => Err(JobError::Impossible {
            why: format!("its runs cannot be acted on: {error}"),
        }),
    }
}
