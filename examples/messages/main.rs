//! Workflows that speak to each other: three shops order from one warehouse by signals, and the
//! manager, who has seen enough, asks the warehouse to stop.
//!
//! Run it with `cargo run --example messages`.

use std::{collections::BTreeMap, error::Error};

use sempre::{
    Canceled, Engine, Workflow, WorkflowContext, handlers, workflow::ExternalWorkflowError,
};
use serde::{Deserialize, Serialize};

/// What a shop wants.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    shop: String,
    boxes: u32,
}

/// Collects orders until it is asked to stop.
#[derive(Workflow, Default)]
struct Warehouse {
    ordered: BTreeMap<String, u32>,
}

#[handlers]
impl Warehouse {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<BTreeMap<String, u32>, Canceled> {
        // Resolves when the manager, or anybody else, asks for it.
        ctx.canceled().await;
        Ok(ctx.state(|warehouse| warehouse.ordered.clone()))
    }

    /// A shop wants something.
    #[signal]
    fn order(&mut self, order: Order) {
        *self.ordered.entry(order.shop).or_default() += order.boxes;
    }
}

/// Orders what it is told to, one after the other.
#[derive(Workflow, Default)]
struct Shop;

#[handlers]
impl Shop {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        orders: Vec<u32>,
    ) -> Result<String, ExternalWorkflowError> {
        let warehouse = ctx.external::<Warehouse>("warehouse");
        let shop = ctx.info().execution.workflow_id.to_string();
        for boxes in orders {
            // The method that `#[signal]` made. It resolves when the signal is in the history of the
            // warehouse, on disk.
            let shop = shop.clone();
            warehouse.order(Order { shop, boxes }).await?;
        }
        Ok(format!("{shop} has ordered"))
    }
}

/// Closes the warehouse, and then a shop that is not there.
#[derive(Workflow, Default)]
struct Manager;

#[handlers]
impl Manager {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ExternalWorkflowError> {
        let warehouse = ctx.external::<Warehouse>("warehouse");
        warehouse.cancel("stocktaking").await?;
        let nobody = ctx.external::<Shop>("a shop that never was");
        match nobody.cancel("stocktaking").await {
            Err(error) if error.is_not_found() => Ok("that shop was never open".to_owned()),
            other => other.map(|()| "closed".to_owned()),
        }
    }
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("messages.sempre"))
        .workflow::<Warehouse>()
        .workflow::<Shop>()
        .workflow::<Manager>()
        .start()
        .await?;

    let warehouse = engine.workflow::<Warehouse>("warehouse").start(()).await?;
    let mut shops = Vec::new();
    for (name, orders) in [
        ("north", vec![1, 2]),
        ("east", vec![5]),
        ("south", vec![3, 3, 3]),
    ] {
        shops.push(engine.workflow::<Shop>(name).start(orders).await?);
    }
    for shop in shops {
        println!("{}", shop.result().await?);
    }
    let manager = engine.workflow::<Manager>("manager").start(()).await?;
    println!("{}", manager.result().await?);
    println!(
        "The warehouse has to deliver {:?}",
        warehouse.result().await?
    );

    println!("\nThe history of the shop in the north:");
    for event in engine.workflow::<Shop>("north").history().await?.events {
        println!("{:>4}  {}", event.id, event.event_type());
    }
    engine.shutdown().await;
    Ok(())
}
