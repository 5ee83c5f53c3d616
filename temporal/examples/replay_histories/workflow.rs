//! The workflows in production: an order that waits for its approval, and a monthly subscription.

use std::time::Duration;

use sempre::{
    ActivityError, ApplicationFailure, Canceled, Workflow, WorkflowContext, activity, handlers,
};

const DAY: Duration = Duration::from_secs(86_400);

#[activity(start_to_close = "30s", retry(max_attempts = 3))]
pub(crate) async fn charge(card: String) -> Result<String, ApplicationFailure> {
    Ok(format!("paid with {card}"))
}

#[activity(start_to_close = "5m")]
pub(crate) async fn ship(payment: String) -> Result<String, ApplicationFailure> {
    Ok(format!("shipped, {payment}"))
}

#[derive(Workflow, Default)]
pub(crate) struct Order {
    approved: bool,
}

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        card: String,
    ) -> Result<String, ActivityError<ApplicationFailure>> {
        let payment = ctx.activity(charge, card).await?;
        let approval = ctx.wait_until(|order| order.approved).timeout(3 * DAY);
        if approval.await.is_err() {
            return Ok("not approved".into());
        }
        ctx.activity(ship, payment).await
    }

    #[signal]
    pub(crate) fn approve(&mut self) {
        self.approved = true;
    }
}

#[derive(Workflow, Default)]
pub(crate) struct Subscription;

#[handlers]
impl Subscription {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, card: String) -> Result<u32, Canceled> {
        let mut paid = 0;
        for _month in 0..3 {
            ctx.sleep(30 * DAY).await?;
            paid += u32::from(ctx.activity(charge, card.clone()).await.is_ok());
        }
        Ok(paid)
    }
}
