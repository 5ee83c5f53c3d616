//! Cancellation as a tree of scopes: what is begun in a scope ends with it.
//!
//! Run it with `cargo run --example cancellation`. A taxi is looked for at three companies, each in
//! a scope of its own below the scope of the search. A company that takes too long is given up
//! alone; the first taxi ends the whole search; and the passenger who has second thoughts ends the
//! run, of which only the farewell is left, because that is detached.

use std::{convert::Infallible, error::Error, time::Duration};

use sempre::{
    Canceled, Workflow, WorkflowContext, activity, handlers,
    model::{EventAttributes, EventType},
    testing::{TestEnvironment, run_test},
    workflow::combinator::join,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Sends the passenger a text.
#[activity(start_to_close = "10s")]
async fn text(line: String) -> Result<String, Infallible> {
    Ok(line)
}

/// Finds a taxi.
#[derive(Workflow, Default)]
struct Taxi {
    found: Option<String>,
    log: Vec<String>,
}

#[handlers]
impl Taxi {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, minutes: [u32; 3]) -> Result<String, Canceled> {
        let search = ctx.scope();
        let [near, far, remote] = minutes;
        join!(
            Self::ask(&search, "Near", near),
            Self::ask(&search, "Far", far),
            Self::ask(&search, "Remote", remote),
        );
        // Here the search is over: either it has a taxi, or all companies have been given up.
        let found = ctx.state(|taxi| taxi.found.clone());
        let line = found.map_or("no taxi".into(), |company| format!("{company} is coming"));
        // Also when the run is canceled: nobody is left without an answer.
        let sent = ctx.detached().activity(text, line).await;
        if ctx.is_canceled() {
            return Err(ctx.canceled().await);
        }
        Ok(sent.unwrap_or_default())
    }

    #[query]
    fn log(&self) -> Vec<String> {
        self.log.clone()
    }
}

impl Taxi {
    /// Asks one company, for five minutes at most.
    async fn ask(search: &WorkflowContext<Self>, company: &str, minutes: u32) {
        let branch = search.scope();
        let patience = async {
            if branch.sleep(5 * MINUTE).await.is_ok() {
                // Ends this branch, and neither the others nor the search.
                branch.cancel("too slow");
            }
        };
        let answer = async {
            let log = match branch.sleep(minutes * MINUTE).await {
                Ok(()) => {
                    branch.update(|taxi| taxi.found = Some(company.to_owned()));
                    // Ends all branches, and what is left of this one.
                    search.cancel(format!("{company} was first"));
                    "has a taxi".to_owned()
                }
                Err(canceled) => canceled.reason().unwrap_or("given up").to_owned(),
            };
            branch.update(|taxi| taxi.log.push(format!("{company}: {log}")));
        };
        join!(patience, answer);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    run_test(TestEnvironment::builder().activities(text), an_evening)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn an_evening(env: TestEnvironment) -> Result<(), Box<dyn Error>> {
    let quick = env.workflow::<Taxi>("quick").start([4, 3, 9]).await?;
    println!("quick: {}", quick.result().await?);
    for line in quick.log().await? {
        println!("  {line}");
    }

    let slow = env.workflow::<Taxi>("slow").start([6, 7, 8]).await?;
    println!("slow: {}", slow.result().await?);
    for line in slow.log().await? {
        println!("  {line}");
    }

    let regretted = env.workflow::<Taxi>("regretted").start([4, 3, 9]).await?;
    regretted.cancel("I walk").await?;
    let ended = regretted.result().await;
    assert!(ended.is_err_and(|error| error.is_canceled()));
    println!("regretted: canceled");
    for line in regretted.log().await? {
        println!("  {line}");
    }
    // Of the cancellation the history has the timers, and nothing of the scopes.
    let history = regretted.history().await?;
    let types = history.attributes().map(EventAttributes::event_type);
    let timers = types.filter(|it| *it == EventType::TimerCanceled).count();
    println!("{timers} timers were canceled");
    assert_eq!(timers, 6);
    Ok(())
}
