//! The process that is killed: an engine, and what a service would do with it.

use std::{error::Error, path::Path};

use futures::future::try_join_all;
use sempre::{
    Engine,
    client::{SignalWorkflowError, StartWorkflowError},
    model::WorkflowIdReusePolicy,
    runtime::TaskQueueOptions,
};

use crate::{
    activity::Steps,
    ledger::Ledger,
    workflow::{Order, OrderHandle as _},
};

/// The store that all lives share.
pub(crate) const STORE: &str = "orders.sempre";

/// The id of an order.
pub(crate) fn order_id(number: usize) -> String {
    format!("order-{:02}", number + 1)
}

/// Lives until all orders are done, or until the parent has had enough.
pub(crate) async fn run(folder: &Path, orders: usize) -> Result<(), Box<dyn Error>> {
    let ledger = Ledger::open(folder)?;
    // Opening the engine is all there is to recovery: open orders go on by themselves.
    let engine = Engine::open(folder.join(STORE))
        .workflow::<Order>()
        .activities(Steps { ledger })
        .task_queue(
            "default",
            TaskQueueOptions::default().max_concurrent_attempts(3),
        )
        .start()
        .await?;
    try_join_all((0..orders).map(|number| see_through(&engine, number))).await?;
    engine.shutdown().await;
    Ok(())
}

/// Starts an order unless an earlier life has, approves it, and waits for its end.
async fn see_through(engine: &Engine, number: usize) -> Result<(), Box<dyn Error>> {
    let order = engine.workflow::<Order>(order_id(number));
    let started = order
        .start(())
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .await;
    match started {
        Ok(_) | Err(StartWorkflowError::AlreadyStarted { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    // Nobody but the order remembers whether an earlier life got this far. One that has just
    // started, and cannot be asked yet, has not been approved.
    if !order.is_approved().await.unwrap_or(false) {
        match order.approve().await {
            Ok(()) | Err(SignalWorkflowError::Closed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(order.result().await?)
}
