//! A single attempt runs without an engine.

use futures::future::join;
use sempre::{ActivityContext, Canceled, activity, testing::ActivityEnvironment};
use sempre_tests::{Outcome, block_on};

use crate::fixture::{Billing, Card, Payment};

/// Reports until it is told to stop.
#[activity(start_to_close = "1h", heartbeat = "30s")]
async fn watch(ctx: ActivityContext, step: u32) -> Result<u32, Canceled> {
    ctx.heartbeat(&step).map_err(|_| Canceled)?;
    ctx.canceled().await;
    Err(Canceled)
}

#[activity(start_to_close = "1h")]
fn attempts(ctx: ActivityContext) -> (u32, Option<String>) {
    let details = ctx.heartbeat_details().unwrap_or_default();
    (ctx.info().attempt, details)
}

#[activity(start_to_close = "1h")]
fn broken(what: String) {
    assert!(what.is_empty(), "{what} is broken");
}

#[test]
fn an_attempt_sees_its_facts() -> Outcome {
    block_on(async {
        let env = ActivityEnvironment::new(attempts).attempt(7);
        let env = env.heartbeat_details("half of it")?;
        let seen = env.run(attempts, ()).await?;
        assert_eq!(seen, (7, Some("half of it".into())));
        Ok(())
    })
}

#[test]
fn an_attempt_reports_and_is_told_to_stop() -> Outcome {
    block_on(async {
        let env = ActivityEnvironment::new(watch);
        let (ended, ()) = join(env.run(watch, 3), async { env.cancel() }).await;
        assert!(ended.is_err());
        assert_eq!(env.heartbeats::<u32>()?, [3]);
        Ok(())
    })
}

#[test]
fn a_method_runs_on_its_set() -> Outcome {
    block_on(async {
        let env = ActivityEnvironment::new(Billing);
        let payment = env.run(Billing::charge, Card("1".into())).await?;
        assert_eq!(payment, Payment("charged 1".into()));
        Ok(())
    })
}

#[sempre::test]
#[should_panic(expected = "the lamp is broken")]
async fn blocking_code_that_panics_fails_its_test() {
    ActivityEnvironment::new(broken)
        .run(broken, "the lamp".into())
        .await?;
}

#[sempre::test]
#[should_panic(expected = "the set has no such activity activity_type=watch")]
async fn an_activity_that_is_not_in_the_set_is_not_run() {
    ActivityEnvironment::new(Billing).run(watch, 1).await?;
}
