//! The order after a change that looks harmless: its stock is reserved before anybody is charged.

use std::time::Duration;

use sempre::{ActivityError, ApplicationFailure, Workflow, WorkflowContext, activity, handlers};

use crate::unchanged::{charge, ship};

const DAY: Duration = Duration::from_secs(86_400);

#[activity(start_to_close = "30s")]
async fn reserve() -> Result<(), ApplicationFailure> {
    Ok(())
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
        // Orders that are open have not reserved anything, and their histories say so.
        ctx.activity(reserve, ()).await?;
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
