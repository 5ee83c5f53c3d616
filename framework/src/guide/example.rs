//! The workflow that the examples of the reference share, and an engine that runs it.

use std::sync::Arc;

use crate::{
    Canceled, Engine, Workflow, WorkflowContext, handlers, runtime::StartEngineError,
    storage::MemoryStore,
};

/// An order that waits until somebody approves it.
#[derive(Workflow, Debug, Default)]
pub struct Order {
    approved: bool,
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
