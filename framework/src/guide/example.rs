//! The workflow that the examples of the reference share, and an engine that runs it.

use std::sync::Arc;

use derive_more::{Display, Error};

use crate::{
    Canceled, Engine, Failure, Workflow, WorkflowContext, handlers, runtime::StartEngineError,
    storage::MemoryStore,
};

/// An order that waits until somebody approves it.
#[derive(Workflow, Debug, Default)]
pub struct Order {
    approved: bool,
    quantity: u32,
}

/// Why an order is not changed.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
pub enum OrderError {
    /// Nobody orders nothing.
    #[display("nothing is ordered")]
    NothingOrdered,
}

#[handlers]
impl Order {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.wait_until(|order| order.approved).await?;
        Ok("approved".into())
    }

    /// Approves it.
    #[signal]
    pub fn approve(&mut self) {
        self.approved = true;
    }

    /// Changes how much is ordered; says how much that is now.
    #[update]
    pub fn set_quantity(&mut self, quantity: u32) -> Result<u32, OrderError> {
        self.quantity = quantity;
        Ok(quantity)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a validator is lent its input"
    )]
    #[validate(set_quantity)]
    fn check_quantity(&self, quantity: &u32) -> Result<(), OrderError> {
        if *quantity == 0 {
            return Err(OrderError::NothingOrdered);
        }
        Ok(())
    }

    /// Whether somebody has approved it.
    #[query]
    pub fn is_approved(&self) -> bool {
        self.approved
    }
}

/// An engine in memory that knows the workflow.
///
/// # Errors
/// If there is no thread to be had.
pub async fn engine() -> Result<Engine, StartEngineError> {
    let store = Arc::new(MemoryStore::new());
    Engine::on_store(store).workflow::<Order>().start().await
}
