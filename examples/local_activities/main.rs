//! A price that is put together from short calls, each a local activity, and booked by an ordinary
//! one.
//!
//! Run it with `cargo run --example local_activities`. The calls run within the workflow task, are
//! tried again there, and leave a marker each; a thousand of them cost the disk two syncs. One that
//! takes long keeps the task open, which says so after four fifths of its timeout.

use std::{collections::BTreeMap, convert::Infallible, error::Error, time::Duration};

use futures::{FutureExt as _, channel::oneshot, future::Shared};
use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, Workflow, WorkflowContext, activities,
    activity, handlers,
    model::History,
    testing::{TestEnvironment, run_test},
    workflow::combinator::try_join,
};

/// Asks a service that is busy at first. Short, and harmless to repeat.
#[activity(start_to_close = "1s", retry(initial_interval = "100ms"))]
async fn exchange_rate(ctx: ActivityContext, currency: String) -> Result<f64, ApplicationFailure> {
    if ctx.info().attempt == 1 {
        return Err(ApplicationFailure::new("busy", "Busy"));
    }
    Ok(if currency == "EUR" { 1.0 } else { 0.9 })
}

/// An office that takes its time.
struct Customs {
    answer: Shared<oneshot::Receiver<u32>>,
}

#[activities]
impl Customs {
    #[activity(start_to_close = "1m")]
    async fn duty(&self, weight: u32) -> u32 {
        weight * self.answer.clone().await.unwrap_or_default()
    }
}

/// Has an effect that must not be repeated lightly: no local activity.
#[activity(start_to_close = "10s")]
async fn book(price: f64) -> String {
    format!("booked at {price:.2}")
}

#[activity(start_to_close = "1s")]
async fn add(numbers: (u64, u64)) -> u64 {
    numbers.0 + numbers.1
}

type Priced = Result<String, ActivityError<ApplicationFailure>>;

/// Finds a price, and books it.
#[derive(Workflow, Default)]
struct Quote;

#[handlers]
impl Quote {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, weight: u32) -> Priced {
        let rate = |currency: &str| ctx.local_activity(exchange_rate, currency.into());
        // Two at once, in the order in which they are asked for.
        let (here, there) = try_join!(rate("EUR"), rate("USD"))?;
        let duty = ctx.local_activity(Customs::duty, weight).await;
        let duty = f64::from(duty.unwrap_or_default());
        let booked = ctx.activity(book, (10.0 + duty) * here / there).await;
        Ok(booked.unwrap_or_else(|error| format!("not booked: {error}")))
    }
}

/// Adds up, one local activity after the other.
#[derive(Workflow, Default)]
struct Sum;

#[handlers]
impl Sum {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        numbers: u64,
    ) -> Result<u64, ActivityError<Infallible>> {
        let mut sum = 0;
        for number in 1..=numbers {
            sum = ctx.local_activity(add, (sum, number)).await?;
        }
        Ok(sum)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let host = TestEnvironment::builder()
        .activities(exchange_rate)
        .activities(book)
        .activities(add);
    run_test(host, tell)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn tell(env: TestEnvironment) -> Result<(), Box<dyn Error>> {
    let (answers, answer) = oneshot::channel();
    let answer = answer.shared();
    env.activities(Customs { answer });
    let quote = env.workflow::<Quote>("quote").start(8).await?;
    // The clock of a test stands still while an activity runs, unless it is told to go on.
    env.skip(Duration::from_secs(9)).await;
    let _asked = answers.send(3);
    println!("quote: {}", quote.result().await?);
    for event in &quote.history().await?.events {
        println!("  {:>2}  {}", event.id.get(), event.event_type());
    }

    let sum = env.workflow::<Sum>("sum").start(1_000).await?;
    println!("\nsum: {}", sum.result().await?);
    let history = sum.history().await?;
    for (event_type, count) in counted(&history) {
        println!("  {count:>5} × {event_type}");
    }
    assert_eq!(history.len(), 1_005);
    Ok(())
}

/// How many events of each type there are.
fn counted(history: &History) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in &history.events {
        *counts.entry(event.event_type().to_string()).or_default() += 1;
    }
    counts
}
