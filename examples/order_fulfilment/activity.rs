//! The activities: they reach out into the world, so they may fail and are tried again.

use std::time::Duration;

use actix::clock::sleep;
use derive_more::{Display, Error};
use sempre::{ActivityContext, Failure, activities};

/// What the activities share; a real one would hold clients and pools.
pub(crate) struct Shop;

/// Why a card is not charged.
#[derive(Debug, Display, Error, Failure)]
#[failure(prefix = "billing.")]
pub(crate) enum BillingError {
    /// Trying again would not help.
    #[failure(non_retryable)]
    #[display("card {card} was declined")]
    Declined {
        /// Which card.
        card: String,
    },
    /// Trying again may help.
    #[display("payment gateway is unreachable")]
    Unreachable,
}

#[activities]
impl Shop {
    /// Charges a card; the gateway is unreachable twice.
    #[activity(
        start_to_close = "5s",
        retry(initial_interval = "100ms", max_attempts = 10)
    )]
    pub(crate) async fn charge(
        &self,
        ctx: ActivityContext,
        card: String,
    ) -> Result<String, BillingError> {
        sleep(Duration::from_millis(50)).await;
        if ctx.info().attempt < 3 {
            return Err(BillingError::Unreachable);
        }
        if card.starts_with('0') {
            return Err(BillingError::Declined { card });
        }
        // The workflow's id makes a charge idempotent: a gateway would do it once per id.
        Ok(format!("payment-for-{}", ctx.info().execution.workflow_id))
    }

    /// Gives the money back.
    #[activity(start_to_close = "5s")]
    pub(crate) async fn refund(&self, _payment: String) {
        sleep(Duration::from_millis(50)).await;
    }

    /// Sends the items; returns the tracking number.
    #[activity(start_to_close = "5s")]
    pub(crate) async fn ship(&self, items: Vec<String>) -> String {
        sleep(Duration::from_millis(50)).await;
        format!("parcel-with-{}", items.join("-and-"))
    }
}
