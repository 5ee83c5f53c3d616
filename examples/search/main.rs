//! Finding runs: by what they are, what they wait for, and what the service says of them.
//!
//! A shop has forty orders of four customers. Most of them are paid; the bank refuses the cards of one
//! customer, and those orders are tried again and again. Somebody looks for them, page by page, counts
//! them, asks what needs attention, and ends them all at once.
//!
//! Run it with `cargo run --example search`.

use std::{error::Error, time::Duration};

use sempre::{
    ActivityError, ApplicationFailure, Engine, SearchAttribute, Workflow, WorkflowContext,
    activity, handlers,
};

/// What orders are found by.
const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
const AMOUNT: SearchAttribute<i64> = SearchAttribute::int("Amount");

/// Charges a card, which the bank refuses if it is that of mallory.
#[activity(
    start_to_close = "10s",
    retry(initial_interval = "10ms", backoff = 1.0)
)]
async fn charge(customer: String) -> Result<(), ApplicationFailure> {
    if customer == "mallory" {
        return Err(ApplicationFailure::new("the card is stolen", "Refused"));
    }
    Ok(())
}

/// An order that is charged.
#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        customer: String,
    ) -> Result<(), ActivityError<ApplicationFailure>> {
        ctx.activity(charge, customer).await
    }
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
#[actix::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("shop.sempre"))
        .workflow::<Order>()
        .activities(charge)
        .search_attribute(CUSTOMER)
        .search_attribute(AMOUNT)
        .start()
        .await?;

    let customers = ["ada", "grace", "linus", "mallory"];
    for (number, customer) in (1..=40).zip(customers.into_iter().cycle()) {
        let order = engine.workflow::<Order>(format!("order-{number}"));
        let order = order.start(customer.to_owned());
        let attributes = [CUSTOMER.set(customer), AMOUNT.set(number * 100)];
        let order = order.search_attributes(attributes).await?;
        if customer != "mallory" {
            order.result().await?;
        }
    }

    // The language is that of Temporal's filters, and a mistake is told with its place.
    let mistake = engine.list("Custmer = 'mallory'").await;
    println!("{}", mistake.err().ok_or("there is no such attribute")?);

    let filter = "Customer = 'mallory' AND Amount BETWEEN 1000 AND 3000";
    let mut page = engine.list(filter).page_size(2).await?;
    // Each page but the last says where the list goes on.
    loop {
        for run in &page.runs {
            let amount = run.search_attribute(AMOUNT).unwrap_or_default();
            println!("{}: {} for {amount}", run.workflow_id, run.status);
        }
        let Some(next) = page.next else { break };
        page = engine.list(filter).page_size(2).after(next).await?;
    }

    let counted = engine.count("GROUP BY ExecutionStatus").await?;
    for (status, runs) in counted.by_status {
        println!("{runs} orders: {status}");
    }

    // What has failed five times or more is told without being asked for. It takes a moment.
    while engine.needs_attention().len() < 10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if let Some(worst) = engine.needs_attention().first() {
        println!(
            "{} needs attention: {}",
            worst.execution.workflow_id, worst.problem
        );
    }

    // Look before you leap: how many would it be?
    let open = "Customer = 'mallory' AND ExecutionStatus = 'Running'";
    let preview = engine.bulk(open).dry_run().await?;
    println!("{} orders are about to be ended", preview.count);
    let job = engine
        .bulk(open)
        .terminate("the card is stolen")
        .start()
        .await?;
    println!("{} orders were", job.result().await?.done);
    assert_eq!(engine.count(open).await?.total, 0);
    engine.shutdown().await;
    Ok(())
}
