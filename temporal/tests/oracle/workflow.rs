//! The workflows whose histories are replayed; `workflows.py` says the same in Python.

use std::time::Duration;

use derive_more::{Display, Error};
use sempre::{
    ActivityError, ApplicationFailure, Canceled, CancellationType, Failure, RetryPolicy, WaitError,
    Workflow, WorkflowContext, activity, handlers,
    workflow::combinator::{join, select},
};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// What `charge` fails with.
#[derive(PartialEq, Debug, Display, Error, Failure)]
pub(crate) enum ChargeError {
    #[display("gateway unreachable")]
    Unreachable,
    #[failure(non_retryable)]
    #[display("card declined")]
    Declined,
}

#[activity(start_to_close = "10s", retry(max_attempts = 3))]
pub(crate) async fn charge(amount: u32) -> Result<u32, ChargeError> {
    Ok(amount)
}

/// One activity.
#[derive(Workflow, Default)]
pub(crate) struct Payment;

#[handlers]
impl Payment {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        amount: u32,
    ) -> Result<u32, ActivityError<ChargeError>> {
        ctx.activity(charge, amount).await
    }
}

/// One activity, which is told to hurry.
#[derive(Workflow, Default)]
pub(crate) struct Hurried;

#[handlers]
impl Hurried {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        amount: u32,
    ) -> Result<u32, ActivityError<ChargeError>> {
        let charging = ctx.activity(charge, amount).start();
        charging.control("hurry");
        charging.await
    }
}

/// Local activities: one after the other and two at once, beside a timer.
#[derive(Workflow, Default)]
pub(crate) struct OnTheSpot;

#[handlers]
impl OnTheSpot {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        amount: u32,
    ) -> Result<u32, ActivityError<ChargeError>> {
        let here = |amount: u32| {
            let policy = RetryPolicy::default().initial_interval(Duration::from_secs(2));
            ctx.local_activity(charge, amount)
                .start_to_close(DAY)
                .retry(policy.max_attempts(3))
                .local_retry_threshold(Duration::from_secs(3))
        };
        let rest = ctx.sleep(DAY);
        let first = here(amount).await?;
        let (second, third) = (here(amount + 1).start(), here(amount + 2).start());
        let sum = first + second.await? + third.await?;
        rest.await.ok();
        Ok(sum + here(amount + 3).await?)
    }
}

/// One timer.
#[derive(Workflow, Default)]
#[workflow(version = 2)]
pub(crate) struct Reminder;

#[handlers]
impl Reminder {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.sleep(30 * DAY).await?;
        Ok("now".into())
    }
}

/// Goes on as new runs until nothing is left.
#[derive(Workflow, Default)]
pub(crate) struct Countdown;

#[handlers]
impl Countdown {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, left: u32) -> Result<String, Canceled> {
        ctx.sleep(DAY).await?;
        if left == 0 {
            return Ok("done".into());
        }
        match ctx.continue_as_new(left - 1).await {}
    }
}

/// A signal or a timer, whichever comes first.
#[derive(Workflow, Default)]
pub(crate) struct Approval {
    by: Option<String>,
}

#[handlers]
impl Approval {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Option<String>, WaitError> {
        let approved = ctx.wait_until(|state| state.by.is_some());
        match approved.timeout(3 * DAY).await {
            Ok(()) | Err(WaitError::TimedOut) => Ok(ctx.state(|state| state.by.clone())),
            Err(canceled) => Err(canceled),
        }
    }

    #[signal]
    pub(crate) fn approve(&mut self, by: String) {
        self.by = Some(by);
    }
}

/// Signals alone, and one whose handler has an activity.
#[derive(Workflow, Default)]
pub(crate) struct Tally {
    sum: u32,
}

#[handlers]
impl Tally {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, goal: u32) -> Result<u32, Canceled> {
        ctx.wait_until(move |state| state.sum >= goal).await?;
        Ok(ctx.state(|state| state.sum))
    }

    #[signal]
    pub(crate) fn add(&mut self, number: u32) {
        self.sum += number;
    }

    #[signal]
    pub(crate) async fn charge_and_add(ctx: WorkflowContext<Self>, amount: u32) {
        let charged = ctx.activity(charge, amount).await.unwrap_or_default();
        ctx.update(|state| state.sum += charged);
    }
}

/// Cancels its activity, and goes on.
#[derive(Workflow, Default)]
pub(crate) struct Withdrawal {
    withdrawn: bool,
}

#[handlers]
impl Withdrawal {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, waits: bool) -> Result<String, Canceled> {
        let charging = ctx.activity(charge, 10).cancellation(if waits {
            CancellationType::WaitCancellationCompleted
        } else {
            CancellationType::TryCancel
        });
        let charging = charging.start();
        ctx.wait_until(|state| state.withdrawn).await?;
        charging.cancel();
        if charging.await.is_ok() {
            return Ok("too late".into());
        }
        ctx.sleep(Duration::from_secs(60)).await?;
        Ok("withdrawn".into())
    }

    #[signal]
    pub(crate) fn withdraw(&mut self) {
        self.withdrawn = true;
    }
}

/// Cancels its timer, and goes on.
#[derive(Workflow, Default)]
pub(crate) struct Alarm {
    off: bool,
}

#[handlers]
impl Alarm {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u32, ActivityError<ChargeError>> {
        let ringing = ctx.sleep(DAY);
        ctx.detached().wait_until(|state| state.off).await.ok();
        drop(ringing);
        ctx.activity(charge, 1).await
    }

    #[signal]
    pub(crate) fn switch_off(&mut self) {
        self.off = true;
    }
}

/// Cleans up when it is canceled.
#[derive(Workflow, Default)]
pub(crate) struct Trip;

#[handlers]
impl Trip {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        let slept = ctx.sleep(DAY).await;
        if slept.is_err() {
            ctx.detached().activity(charge, 3).await.ok();
        }
        slept
    }
}

/// Several at once.
#[derive(Workflow, Default)]
pub(crate) struct Basket;

#[handlers]
impl Basket {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        amounts: (u32, u32),
    ) -> Result<u32, ActivityError<ChargeError>> {
        let one = ctx.activity(charge, amounts.0).start();
        let two = ctx.activity(charge, amounts.1).start();
        let pause = ctx.sleep(Duration::from_secs(60));
        let (one, two, _) = join!(one, two, pause);
        Ok(one? + two?)
    }
}

/// Races an activity against a timer, and leaves another timer to the close.
#[derive(Workflow, Default)]
pub(crate) struct Race;

#[handlers]
impl Race {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        amount: u32,
    ) -> Result<u32, ActivityError<ChargeError>> {
        let _left = ctx.sleep(DAY);
        select! {
            charged = ctx.activity(charge, amount).start() => charged,
            _ = ctx.sleep(Duration::from_secs(5)) => Ok(0),
        }
    }
}

/// Fails.
#[derive(Workflow, Default)]
pub(crate) struct Refusal;

#[handlers]
impl Refusal {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>, reason: String) -> Result<(), ApplicationFailure> {
        Err(ApplicationFailure::new(reason, "Refused"))
    }
}
