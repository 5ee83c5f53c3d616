//! An activity that takes long, whose workflow follows how far it has got and tells it what to do.
//!
//! A file is imported, a batch at a time. The workflow keeps the number of rows for whoever asks, and
//! passes on what it is told by signals: larger batches, and at last that enough rows are in. The
//! process of the first engine ends in the middle; the import goes on from where it was, and is told
//! again what it was told before.
//!
//! Run it with `cargo run --example progress`.

use std::{error::Error, path::Path, time::Duration};

use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, Engine, OrFailure as _, Workflow,
    WorkflowContext, WorkflowHandle, activity, handlers,
};
use serde::{Deserialize, Serialize};

/// What a running import is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Order {
    /// So many rows at a time.
    Batches(u64),
    /// That is enough.
    Finish,
}

/// Imports rows until there are none, or it is told to finish; returns how many are in.
#[activity(start_to_close = "1h", heartbeat = "30s")]
async fn import_rows(ctx: ActivityContext, rows: u64) -> Result<u64, ApplicationFailure> {
    // Where the attempt before this one was; what that was told comes again, in order.
    let mut done = ctx.heartbeat_details().or_failure("Details")?.unwrap_or(0);
    let mut batch = 10;
    while done < rows {
        while let Some(order) = ctx.try_control().or_failure("Order")? {
            match order {
                Order::Batches(rows) => batch = rows,
                Order::Finish => return Ok(done),
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        done = rows.min(done + batch);
        // For the next attempt, and for the workflow.
        ctx.heartbeat(&done).or_failure("Details")?;
        ctx.report_progress(&done).or_failure("Progress")?;
    }
    Ok(done)
}

/// Imports a file, and knows how far that has got.
#[derive(Workflow, Default)]
struct Import {
    rows: u64,
    orders: Vec<Order>,
}

#[handlers]
impl Import {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        rows: u64,
    ) -> Result<u64, ActivityError<ApplicationFailure>> {
        let import = ctx.activity(import_rows, rows).start();
        // Ends with the activity. A report that nobody has awaited gives way to the next one.
        while let Some(rows) = import.progress::<u64>().await {
            let orders = ctx.update(|state| {
                state.rows = rows;
                std::mem::take(&mut state.orders)
            });
            for order in orders {
                import.control(&order);
            }
        }
        import.await
    }

    /// Somebody wants the import to go another way.
    #[signal]
    fn order(&mut self, order: Order) {
        self.orders.push(order);
    }

    /// How many rows are in.
    #[query]
    fn rows(&self) -> u64 {
        self.rows
    }
}

async fn open(path: &Path) -> Result<Engine, Box<dyn Error>> {
    let engine = Engine::open(path).workflow::<Import>();
    let engine = engine.activities(import_rows);
    Ok(engine.shutdown_grace(Duration::ZERO).start().await?)
}

/// Waits until so many rows are in.
async fn until(import: &WorkflowHandle<Import>, rows: u64) -> Result<u64, Box<dyn Error>> {
    loop {
        let done = import.rows().await?;
        if done >= rows {
            return Ok(done);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("progress.sempre");

    let engine = open(&path).await?;
    let import = engine.workflow::<Import>("march").start(1_000_000).await?;
    println!("{} rows, ten at a time", until(&import, 50).await?);
    import.order(Order::Batches(100)).await?;
    let done = until(&import, 1_000).await?;
    println!("{done} rows, a hundred at a time");
    engine.shutdown().await;

    let engine = open(&path).await?;
    let import = engine.workflow::<Import>("march");
    println!("{} rows after a restart", until(&import, done + 1).await?);
    import.order(Order::Finish).await?;
    println!("{} rows are enough", import.result().await?);

    let history = import.history().await?;
    println!("The history has {} events", history.events.len());
    engine.shutdown().await;
    Ok(())
}
