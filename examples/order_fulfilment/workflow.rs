//! The workflow: charge, wait for an approval or a deadline, ship or refund.

use std::{convert::Infallible, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{ActivityError, Failure, WaitError, Workflow, WorkflowContext, handlers};
use serde::{Deserialize, Serialize};

use crate::activity::{BillingError, Shop};

/// What is ordered.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) items: Vec<String>,
    pub(crate) card: String,
    /// How long the approval may take.
    #[serde(default = "three_days")]
    pub(crate) approval_seconds: u64,
}

fn three_days() -> u64 {
    3 * 86_400
}

/// How an order stands, as the query answers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Display, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(crate) enum Status {
    #[default]
    #[display("charging")]
    Charging,
    #[display("awaiting approval")]
    AwaitingApproval,
    #[display("shipping, approved by {approved_by}")]
    Shipping { approved_by: String },
    #[display("shipped as {tracking}")]
    Shipped { tracking: String },
    #[display("closed: {reason}")]
    Closed { reason: String },
}

/// Why an order was not shipped; read back from the history as the same type.
#[derive(Debug, Display, Error, Failure, From)]
pub(crate) enum OrderError {
    #[display("not paid, {_0}")]
    Unpaid(#[failure(cause)] ActivityError<BillingError>),
    #[from(ignore)]
    #[display("nobody approved in time, the money went back")]
    Unapproved(#[failure(cause)] WaitError),
    #[display("a step failed, {_0}")]
    Step(#[failure(cause)] ActivityError<Infallible>),
}

/// An order from payment to shipping.
#[derive(Workflow, Default)]
pub(crate) struct OrderFulfilment {
    status: Status,
    approved_by: Option<String>,
}

#[handlers]
impl OrderFulfilment {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, order: Order) -> Result<String, OrderError> {
        let outcome = Self::fulfil(&ctx, order).await;
        let status = match &outcome {
            Ok(tracking) => Status::Shipped {
                tracking: tracking.clone(),
            },
            Err(error) => Status::Closed {
                reason: error.to_string(),
            },
        };
        ctx.update(|it| it.status = status);
        outcome
    }

    async fn fulfil(ctx: &WorkflowContext<Self>, order: Order) -> Result<String, OrderError> {
        let payment = ctx.activity(Shop::charge, order.card).await?;

        ctx.update(|it| it.status = Status::AwaitingApproval);
        let deadline = Duration::from_secs(order.approval_seconds);
        let approved = ctx.wait_until(|it| it.approved_by.is_some());
        if let Err(error) = approved.timeout(deadline).await {
            // The money goes back also if the order was canceled.
            ctx.detached().activity(Shop::refund, payment).await?;
            return Err(OrderError::Unapproved(error));
        }

        ctx.update(|it| {
            let approved_by = it.approved_by.clone().unwrap_or_default();
            it.status = Status::Shipping { approved_by };
        });
        Ok(ctx.activity(Shop::ship, order.items).await?)
    }

    /// Approves the order; whoever comes first counts.
    #[signal]
    pub(crate) fn approve(&mut self, by: String) {
        self.approved_by.get_or_insert(by);
    }

    /// How the order stands.
    #[query]
    pub(crate) fn status(&self) -> Status {
        self.status.clone()
    }
}
