//! Many tenants of one service, and what each of them may have of it.
//!
//! One tenant sends out a thousand letters and another one three. The few do not wait for the many,
//! because the tenants share the slots of the queue; and none of them has more than two at a time,
//! because the limit of the queue says so. Then the printer breaks: an operator pauses the queue, and
//! has it print more slowly at first when it goes on.
//!
//! Run it with `cargo run --example tenants`.

use std::{convert::Infallible, error::Error, time::Duration};

use sempre::{
    Engine, TaskQueueOptions, Workflow, WorkflowContext, activity, handlers, model::Priority,
    runtime::AttemptLimit,
};

/// Prints a letter.
#[activity(start_to_close = "10s")]
async fn print_letter(_number: u32) -> Result<(), Infallible> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(())
}

/// Sends out letters, all of them at once.
#[derive(Workflow, Default)]
struct Mailing;

#[handlers]
impl Mailing {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, letters: u32) -> usize {
        let letters =
            (0..letters).map(|number| ctx.activity(print_letter, number).task_queue("printer"));
        let printed = sempre::workflow::combinator::join_all(letters).await;
        printed.iter().filter(|it| it.is_ok()).count()
    }
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
#[actix::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let options = TaskQueueOptions::default()
        .max_concurrent_attempts(4)
        .limit(AttemptLimit::all().per_key().max_concurrent_attempts(2));
    let engine = Engine::open(folder.path().join("letters.sempre"))
        .workflow::<Mailing>()
        .activities_on("printer", print_letter)
        .task_queue("printer", options)
        .start()
        .await?;

    // What a run starts has the key of the run.
    let mailing = |tenant: &'static str, letters| {
        let mailing = engine.workflow::<Mailing>(format!("mailing of {tenant}"));
        let key = Priority::default().fairness_key(tenant);
        async move { mailing.start(letters).priority(key).await }
    };
    let many = mailing("acme", 1_000).await?;
    let few = mailing("globex", 3).await?;
    println!("globex: {} letters are printed", few.result().await?);

    let printer = engine.task_queue("printer").identity("ada");
    for limit in printer.describe().limits {
        let tenant = limit.fairness_key.unwrap_or_default();
        let max = limit.limit.max_concurrent_attempts.unwrap_or_default();
        assert!(limit.attempts <= max);
        println!("{tenant}: no more than {max} letters at a time");
    }

    printer.pause("there is no paper").await?;
    let paused = printer.describe().paused.ok_or("it is paused")?;
    println!("{} has paused the printer: {}", paused.who, paused.reason);
    let slow = TaskQueueOptions::default().max_concurrent_attempts(1);
    printer.limit(slow, "to see whether it works").await?;
    printer.unpause("there is paper again").await?;
    printer.restore("it works").await?;
    println!("acme: {} letters are printed", many.result().await?);

    println!("What the operators have done, the latest first:");
    for entry in engine.audit().await?.entries {
        let (who, what, on) = (&entry.who, &entry.operation, &entry.subject);
        println!("  {who}: {what} {on}, because {}", entry.reason);
    }
    engine.shutdown().await;
    Ok(())
}
