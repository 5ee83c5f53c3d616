//! Workflows and activities to be tested.

use std::{collections::BTreeMap, time::Duration};

use derive_more::{Display, Error};
use sempre::{
    ActivityError, Canceled, Failure, WaitError, Workflow, WorkflowContext, activities, activity,
    handlers,
};
use serde::{Deserialize, Serialize};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Card(pub(crate) String);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Payment(pub(crate) String);

impl Payment {
    pub(crate) fn fake() -> Self {
        Self("fake".into())
    }
}

#[derive(PartialEq, Debug, Display, Error, Failure)]
pub(crate) enum BillingError {
    #[failure(non_retryable)]
    #[display("card declined")]
    Declined,
    #[display("gateway unreachable")]
    Unreachable,
}

pub(crate) struct Billing;

#[activities]
impl Billing {
    /// Charges a card once.
    #[activity(start_to_close = "30s", retry(max_attempts = 5))]
    pub(crate) async fn charge(&self, card: Card) -> Result<Payment, BillingError> {
        Ok(Payment(format!("charged {}", card.0)))
    }
}

#[activity(start_to_close = "30s", task_queue = "slow")]
pub(crate) fn pack(parcels: u32) -> u32 {
    parcels
}

#[derive(PartialEq, Debug, Display, Error, Failure)]
pub(crate) enum FulfilmentError {
    #[display("not paid")]
    Unpaid {
        #[failure(cause)]
        source: ActivityError<BillingError>,
    },
    #[display("not approved")]
    Unapproved {
        #[failure(cause)]
        source: WaitError,
    },
}

/// Takes an order from payment to approval, which may take three days.
#[derive(Workflow, Default)]
pub(crate) struct Fulfilment {
    approved_by: Option<String>,
}

#[handlers]
impl Fulfilment {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, card: Card) -> Result<Payment, FulfilmentError> {
        let paid = ctx.activity(Billing::charge, card).await;
        let payment = paid.map_err(|source| FulfilmentError::Unpaid { source })?;
        let approved = ctx.wait_until(|state| state.approved_by.is_some());
        let approved = approved.timeout(3 * DAY).await;
        approved.map_err(|source| FulfilmentError::Unapproved { source })?;
        Ok(payment)
    }

    #[signal]
    pub(crate) fn approve(&mut self, by: String) {
        self.approved_by = Some(by);
    }

    #[query]
    pub(crate) fn is_approved(&self) -> bool {
        self.approved_by.is_some()
    }
}

/// Sleeps for a while, and says when it woke up.
#[derive(Workflow, Default)]
pub(crate) struct Sleeper {
    woken: BTreeMap<u32, String>,
}

#[handlers]
impl Sleeper {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, days: Vec<u32>) -> Result<usize, Canceled> {
        for day in days {
            ctx.sleep(day * DAY).await?;
            let now = ctx.now().to_string();
            ctx.update(|state| state.woken.insert(day, now));
        }
        Ok(ctx.state(|state| state.woken.len()))
    }

    #[query]
    pub(crate) fn woken(&self) -> usize {
        self.woken.len()
    }
}

/// Has parcels packed on another task queue.
#[derive(Workflow, Default)]
pub(crate) struct Packing;

#[handlers]
impl Packing {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        parcels: u32,
    ) -> Result<u32, ActivityError<std::convert::Infallible>> {
        ctx.activity(pack, parcels).await
    }
}
