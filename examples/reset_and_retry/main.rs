//! A reset and a retry: what an operator does about runs that went wrong.
//!
//! Run it with `cargo run --example reset_and_retry`. Invoices are priced, and a bug prices them at
//! nothing. Once it is mended, the run that has completed is reset to the step that was wrong: the
//! step before is not done again. A second one cannot be sent, because the mail server is down; when
//! that is up again, nobody waits for the backoff.

use std::{
    convert::Infallible,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use derive_more::{Display, Error as StdError, From};
use sempre::{
    ActivityError, Engine, Failure, RetryPolicy, Workflow, WorkflowContext, WorkflowHandle,
    activities, handlers, model::ResetPoint, storage::MemoryStore,
};

/// The world outside, as it is at the moment.
#[derive(Default)]
struct World {
    counted: AtomicU32,
    is_mended: AtomicBool,
    mail_is_up: AtomicBool,
}

/// What invoices need of it.
struct Office(Arc<World>);

/// The mail server is down.
#[derive(Clone, PartialEq, Debug, Display, StdError, Failure)]
#[display("the mail server does not answer")]
struct MailDown;

#[activities]
impl Office {
    /// How many hours were worked; slow, and better not done twice.
    #[activity(start_to_close = "10s")]
    async fn count_hours(&self) -> Result<u64, Infallible> {
        self.0.counted.fetch_add(1, Relaxed);
        Ok(12)
    }

    #[activity(start_to_close = "10s")]
    async fn price(&self, hours: u64) -> Result<u64, Infallible> {
        let rate = if self.0.is_mended.load(Relaxed) {
            90
        } else {
            0
        };
        Ok(hours * rate)
    }

    #[activity(start_to_close = "10s")]
    async fn send(&self, total: u64) -> Result<String, MailDown> {
        if self.0.mail_is_up.load(Relaxed) {
            Ok(format!("sent an invoice of {total}"))
        } else {
            Err(MailDown)
        }
    }
}

#[derive(Clone, PartialEq, Debug, Display, StdError, Failure, From)]
enum InvoiceError {
    #[display("no invoice")]
    Step(#[failure(cause)] ActivityError<Infallible>),
    #[display("not sent")]
    Mail(#[failure(cause)] ActivityError<MailDown>),
}

/// Counts, prices and sends.
#[derive(Workflow, Default)]
struct Invoice;

#[handlers]
impl Invoice {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, InvoiceError> {
        let hours = ctx.activity(Office::count_hours, ()).await?;
        let total = ctx.activity(Office::price, hours).await?;
        let patiently = RetryPolicy::default().initial_interval(Duration::from_secs(3_600));
        Ok(ctx.activity(Office::send, total).retry(patiently).await?)
    }
}

/// Waits until an invoice cannot be sent and backs off.
async fn until_it_waits(invoice: &WorkflowHandle<Invoice>) -> Result<String, Box<dyn Error>> {
    loop {
        let stand = invoice.describe().await?;
        if let Some(problem) = stand.problems.first() {
            return Ok(problem.to_string());
        }
        actix::clock::sleep(Duration::from_millis(5)).await;
    }
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
#[actix::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = Arc::new(World::default());
    world.mail_is_up.store(true, Relaxed);
    let engine = Engine::on_store(Arc::new(MemoryStore::new()))
        .workflow::<Invoice>()
        .activities(Office(Arc::clone(&world)))
        .start()
        .await?;

    let invoice = engine.workflow::<Invoice>("invoice-1").start(()).await?;
    println!("with the bug:       {}", invoice.result().await?);

    world.is_mended.store(true, Relaxed);
    let again = invoice
        .reset(ResetPoint::Activity("2".into()))
        .reason("priced at nothing")
        .await?;
    println!("after the reset:    {}", again.result().await?);
    let counted = world.counted.load(Relaxed);
    println!("hours were counted: {counted} time");

    world.mail_is_up.store(false, Relaxed);
    let other = engine.workflow::<Invoice>("invoice-2").start(()).await?;
    println!("without mail:       {}", until_it_waits(&other).await?);
    world.mail_is_up.store(true, Relaxed);
    let retried = other.retry_now().await?;
    println!("retried at once:    {retried} activity");
    println!("and then:           {}", other.result().await?);

    // A point that is not there is refused, with those that are.
    let refused = other.reset(ResetPoint::LastFailedActivity).await;
    println!(
        "nothing failed:     {}",
        refused.err().map_or_else(String::new, |it| it.to_string())
    );
    engine.shutdown().await;
    Ok(())
}
