//! How runs end, and what their callers get: the types they were written with.

use derive_more::{Display, Error};
use futures::future::try_join_all;
use sempre::{
    ActivityError, Failure, Workflow, WorkflowContext,
    client::{ResultError, WorkflowFailure},
    handlers,
};
use sempre_tests::{
    Actors, Outcome, Scenario, StageError,
    workflow::{Board, BoardHandle as _},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Order {
    item: String,
    amount: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Receipt {
    order: Order,
    total: u64,
}

#[derive(PartialEq, Debug, Display, Error, Failure)]
enum OrderError {
    #[display("there are only {left} left")]
    OutOfStock { left: u32 },
    #[display("the kitchen is closed")]
    Kitchen(#[failure(cause)] ActivityError<StageError>),
}

/// Takes an order.
#[derive(Workflow, Default)]
struct WaitsForOrder;

#[handlers]
impl WaitsForOrder {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, order: Order) -> Result<Receipt, OrderError> {
        if order.amount > 3 {
            return Err(OrderError::OutOfStock { left: 3 });
        }
        let cooked = ctx.activity(Actors::perform, order.item.clone()).await;
        cooked.map_err(OrderError::Kitchen)?;
        let total = u64::from(order.amount) * 5;
        Ok(Receipt { order, total })
    }
}

fn order(amount: u32) -> Order {
    let item = "soup".to_owned();
    Order { item, amount }
}

#[test]
fn a_result_comes_back_as_the_type_it_was() -> Outcome {
    Scenario::of::<WaitsForOrder>().run(async |world| {
        let waiter = world
            .workflow::<WaitsForOrder>("waiter")
            .start(order(2))
            .await?;
        world.stage.attempt().await.complete("");
        let receipt = Receipt {
            order: order(2),
            total: 10,
        };
        assert_eq!(waiter.result().await?, receipt);
        Ok(())
    })
}

#[test]
fn an_error_comes_back_as_the_enum_it_was_with_its_fields() -> Outcome {
    Scenario::of::<WaitsForOrder>().run(async |world| {
        let waiter = world
            .workflow::<WaitsForOrder>("waiter")
            .start(order(4))
            .await?;
        let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = waiter.result().await
        else {
            return Err("the workflow fails".into());
        };
        assert_eq!(error, OrderError::OutOfStock { left: 3 });
        Ok(())
    })
}

#[test]
fn an_error_keeps_the_errors_that_caused_it() -> Outcome {
    Scenario::of::<WaitsForOrder>().run(async |world| {
        let waiter = world
            .workflow::<WaitsForOrder>("waiter")
            .start(order(1))
            .await?;
        let reason = "out of gas".to_owned();
        let fatal = StageError::Fatal { reason };
        world.stage.attempt().await.end(Err(fatal.clone()));
        let Err(ResultError::Workflow(WorkflowFailure::Failed(OrderError::Kitchen(error)))) =
            waiter.result().await
        else {
            return Err("the workflow fails with the activity's error inside its own".into());
        };
        assert_eq!(error.application(), Some(&fatal));
        Ok(())
    })
}

#[test]
fn everybody_who_waits_gets_the_result() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let waiting = try_join_all((0..10).map(|_| board.result()));
        let closing = async { Ok(board.close().await?) };
        let waiting = async { Ok::<_, Box<dyn std::error::Error>>(waiting.await?) };
        let (results, ()) = futures::future::try_join(waiting, closing).await?;
        assert_eq!(results.len(), 10);
        Ok(())
    })
}

#[test]
fn a_result_that_is_not_of_the_type_that_is_asked_for_says_so() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.close().await?;
        board.result().await?;
        let mistaken = world.workflow::<WaitsForOrder>("board").result().await;
        assert!(
            matches!(mistaken, Err(ResultError::Payload(_))),
            "{mistaken:?}"
        );
        Ok(())
    })
}

/// Says more than fits.
#[derive(Workflow, Default)]
struct Flood;

#[handlers]
impl Flood {
    #[run]
    async fn run(
        _ctx: WorkflowContext<Self>,
        fails: bool,
    ) -> Result<String, sempre::ApplicationFailure> {
        let flood = "x".repeat(3 << 20);
        if fails {
            return Err(sempre::ApplicationFailure::new(flood, "Flood"));
        }
        Ok(flood)
    }
}

#[test]
fn a_result_or_a_failure_that_is_too_large_fails_the_run_with_the_limit() -> Outcome {
    Scenario::of::<Flood>().run(async |world| {
        for (fails, what) in [(false, "workflow result"), (true, "workflow failure")] {
            let flood = world.workflow::<Flood>(what).start(fails).await?;
            let failed = flood
                .result()
                .await
                .expect_err("it is too large")
                .to_string();
            let expected = format!("{what} is too large limit=2097152 actual=3145");
            assert!(
                failed.contains(&expected),
                "{}",
                &failed[..failed.len().min(300)]
            );
            let run = flood.describe().await?;
            assert_eq!(run.status, sempre::model::ExecutionStatus::Failed);
            assert_eq!(run.problems, []);
        }
        Ok(())
    })
}
