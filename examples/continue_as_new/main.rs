//! A workflow that goes on for a year, in runs that stay short.
//!
//! Run it with `cargo run --example continue_as_new`. Each run of the subscription bills one
//! quarter, and then continues as new with what the next one has to know. Its handle notices
//! nothing: signals, queries and the result are those of the execution, whichever run is open. The
//! clock is the test environment's, which has a year pass in a moment.

use std::{error::Error, time::Duration};

use sempre::{
    Canceled, Workflow, WorkflowContext, handlers,
    model::{EventAttributes, RunId},
    testing::{TestEnvironment, run_test},
};
use serde::{Deserialize, Serialize};

const DAY: Duration = Duration::from_secs(86_400);
/// How many days one run bills.
const QUARTER: u32 = 91;

/// What one run hands to the next.
#[derive(Clone, Serialize, Deserialize)]
struct Subscription {
    /// Days until it ends.
    days_left: u32,
    /// What a day costs, in cents.
    price: u64,
    /// What all runs so far have billed, in cents.
    billed: u64,
}

/// Bills a subscription, day by day.
#[derive(Workflow)]
struct Billing {
    subscription: Subscription,
}

#[handlers]
impl Billing {
    #[init]
    fn init(subscription: &Subscription) -> Self {
        let subscription = subscription.clone();
        Self { subscription }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, _: Subscription) -> Result<u64, Canceled> {
        for _ in 0..QUARTER {
            if ctx.state(|billing| billing.subscription.days_left == 0) {
                return Ok(ctx.state(|billing| billing.subscription.billed));
            }
            ctx.sleep(DAY).await?;
            ctx.update(|billing| billing.bill_a_day());
        }
        // A workflow without a rhythm of its own asks `ctx.suggest_continue_as_new()` instead.
        let subscription = ctx.state(|billing| billing.subscription.clone());
        match ctx.continue_as_new(subscription).await {}
    }

    /// From the next day on a day costs this much, in every run that follows, too.
    #[signal]
    fn change_price(&mut self, cents: u64) {
        self.subscription.price = cents;
    }

    #[query]
    fn billed(&self) -> u64 {
        self.subscription.billed
    }
}

impl Billing {
    fn bill_a_day(&mut self) {
        self.subscription.days_left -= 1;
        self.subscription.billed += self.subscription.price;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    run_test(TestEnvironment::builder(), a_year)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn a_year(env: TestEnvironment) -> Result<(), Box<dyn Error>> {
    let year = Subscription {
        days_left: 365,
        price: 10,
        billed: 0,
    };
    let billing = env.workflow::<Billing>("ada").start(year).await?;
    let first = billing.run_id().ok_or("a start names its run")?;
    env.skip(100 * DAY).await;
    println!(
        "after 100 days it has billed {} cents",
        billing.billed().await?
    );
    billing.change_price(20).await?;
    let billed = billing.result().await?;
    println!("after a year it has billed {billed} cents");
    assert_eq!(billed, 100 * 10 + 265 * 20);

    let mut run_id = Some(first);
    while let Some(id) = run_id {
        run_id = tell(&env, id).await?;
    }
    Ok(())
}

/// Tells of one run, and returns the one that follows it.
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn tell(env: &TestEnvironment, run_id: RunId) -> Result<Option<RunId>, Box<dyn Error>> {
    let run = env.workflow::<Billing>("ada").at_run(run_id);
    let history = run.history().await?;
    let last = history.attributes().last();
    let next = last.and_then(EventAttributes::new_execution_run_id);
    println!(
        "run {run_id}: {} events, then {}",
        history.len(),
        match next {
            Some(_) => "continued as new",
            None => "completed",
        }
    );
    Ok(next)
}
