//! The examples end as they promise, and the histories they replay are those of their workflows.

#[path = "../examples/replay_histories/workflow.rs"]
mod workflow;

use std::{env, error::Error, path::Path, process::Command, time::Duration};

use sempre::testing::TestEnvironment;
use sempre_temporal::golden;

use crate::workflow::{Order, OrderHandle as _, Subscription, charge, ship};

const HISTORIES: &str = "examples/replay_histories/histories";
const DAY: Duration = Duration::from_secs(86_400);

/// How an example ended, and what it wrote.
struct Ended {
    code: Option<i32>,
    out: String,
    complaints: String,
}

/// Runs an example, which cargo has put beside the folder that this test is in.
fn run(example: &str, arguments: &[&str]) -> Result<Ended, Box<dyn Error>> {
    let test = env::current_exe()?;
    let built = test.ancestors().nth(2).ok_or("a test lies in a folder")?;
    let example = built.join("examples").join(example);
    let example = example.with_extension(env::consts::EXE_EXTENSION);
    assert!(
        example.is_file(),
        "build the examples first: cargo build -p sempre-temporal --examples"
    );
    let output = Command::new(example).args(arguments).output()?;
    Ok(Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout)?,
        complaints: String::from_utf8(output.stderr)?,
    })
}

#[test]
fn histories_of_the_code_that_wrote_them_fit() -> Result<(), Box<dyn Error>> {
    let Ended { code, out, .. } = run("replay_histories", &[])?;
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("replayed=4 diverged=0 "), "{out}");
    Ok(())
}

#[test]
fn a_breaking_change_ends_with_a_report_and_one() -> Result<(), Box<dyn Error>> {
    let Ended { code, out, .. } = run("replay_breaking_change", &["--quiet"])?;
    assert_eq!(code, Some(1), "{out}");
    let report = [
        "order_paid.json workflow_type=Order workflow_id=order-paid\n",
        "- recorded:  event 5 ActivityTaskScheduled activity_id=1 activity_type=charge\n",
        "+ attempted: command 1 ScheduleActivityTask activity_id=1 activity_type=reserve\n",
        "replayed=1 diverged=3 unregistered=0 unreadable=0",
    ];
    for line in report {
        assert!(out.contains(line), "{line} is missing in\n{out}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_replayed_ends_with_two() -> Result<(), Box<dyn Error>> {
    let ended = run("replay_histories", &["no/such/folder"])?;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.complaints.starts_with("error: no/such/folder: "),
        "{}",
        ended.complaints
    );
    Ok(())
}

fn histories(name: &str) -> impl AsRef<Path> {
    format!("{HISTORIES}/{name}.json")
}

#[sempre::test]
async fn a_paid_order_is_recorded(env: TestEnvironment) {
    env.activities(charge);
    env.activities(ship);
    let order = env
        .workflow::<Order>("order-paid")
        .start("visa".into())
        .await?;
    env.skip(DAY).await;
    order.approve().await?;
    assert_eq!(order.result().await?, "shipped, paid with visa");
    golden::assert(&order.history().await?, histories("order_paid"));
}

#[sempre::test]
async fn an_order_that_nobody_approves_is_recorded(env: TestEnvironment) {
    env.activities(charge);
    let order = env
        .workflow::<Order>("order-late")
        .start("visa".into())
        .await?;
    assert_eq!(order.result().await?, "not approved");
    golden::assert(&order.history().await?, histories("order_late"));
}

#[sempre::test]
async fn an_open_order_is_recorded(env: TestEnvironment) {
    env.activities(charge);
    let order = env
        .workflow::<Order>("order-open")
        .start("visa".into())
        .await?;
    env.skip(DAY).await;
    golden::assert(&order.history().await?, histories("order_open"));
}

#[sempre::test]
async fn a_subscription_is_recorded(env: TestEnvironment) {
    env.activities(charge);
    let subscription = env
        .workflow::<Subscription>("ada")
        .start("visa".into())
        .await?;
    assert_eq!(subscription.result().await?, 3);
    golden::assert(&subscription.history().await?, histories("subscription"));
}
