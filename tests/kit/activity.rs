//! A single attempt runs without an engine.

use futures::future::join;
use sempre::{
    ActivityContext, Canceled, activity,
    testing::{ActivityEnvironment, TestEnvironment},
};
use sempre_tests::{Outcome, block_on, workflow::Board};

use crate::fixture::{Billing, Card, Payment};

/// Reports until it is told to stop.
#[activity(start_to_close = "1h", heartbeat = "30s")]
async fn watch(ctx: ActivityContext, step: u32) -> Result<u32, Canceled> {
    ctx.heartbeat(&step).map_err(|_| Canceled::default())?;
    ctx.canceled().await;
    Err(Canceled::default())
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

/// Listens until the engine shuts down.
#[activity(start_to_close = "1h")]
async fn listen(ctx: ActivityContext) -> bool {
    ctx.shutting_down().await;
    ctx.is_shutting_down()
}

#[test]
fn an_attempt_is_told_that_the_engine_shuts_down() -> Outcome {
    block_on(async {
        let env = ActivityEnvironment::new(listen);
        let (ended, ()) = join(env.run(listen, ()), async { env.shut_down() }).await;
        assert!(ended?);
        Ok(())
    })
}

/// Asks for a workflow of its engine.
#[activity(start_to_close = "10s")]
async fn look_up(ctx: ActivityContext) -> String {
    let board = ctx.engine().workflow::<Board>("board");
    match board.describe().await {
        Ok(described) => described.execution.workflow_id.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_attempt_without_an_engine_is_told_so() -> Outcome {
    block_on(async {
        let env = ActivityEnvironment::new(look_up);
        let answer = env.run(look_up, ()).await?;
        let expected = "engine does not run: the attempt is run without one; the request was not \
                        carried out";
        assert_eq!(answer, expected);
        Ok(())
    })
}

#[test]
fn an_attempt_speaks_to_the_engine_that_it_is_given() -> Outcome {
    block_on(async {
        let kit = TestEnvironment::new();
        kit.workflow::<Board>("board").start(()).await?;
        let engine = kit.engine().await;
        let env = ActivityEnvironment::new(look_up).engine(engine.client());
        assert_eq!(env.run(look_up, ()).await?, "board");
        kit.shutdown().await;
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
