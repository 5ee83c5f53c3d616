//! A type of failure belongs to one error: two that share one are refused when the engine starts.

use std::sync::Arc;

use derive_more::{Display, Error};
use sempre::{
    ActivityError, Engine, Failure, Workflow, WorkflowContext, activities, activity, handlers,
    runtime::{EngineBuilder, StartEngineError},
    storage::MemoryStore,
};
use sempre_tests::{Outcome, block_on};

#[derive(Debug, Display, Error, Failure)]
#[display("not found")]
enum OrderError {
    NotFound,
    #[display("no stock")]
    Stock(#[failure(cause)] StockError),
}

#[derive(Debug, Display, Error, Failure)]
#[display("not there")]
enum StockError {
    #[failure(name = "NotFound")]
    NotThere,
}

#[derive(Debug, Display, Error, Failure)]
#[failure(prefix = "stock.")]
#[display("not found")]
enum PrefixedError {
    NotFound,
}

#[activity(start_to_close = "1s")]
fn order() -> Result<(), OrderError> {
    Err(OrderError::NotFound)
}

#[activity(start_to_close = "1s")]
fn reorder() -> Result<(), ActivityError<PrefixedError>> {
    Ok(())
}

#[activity(start_to_close = "1s")]
fn prefixed() -> Result<(), PrefixedError> {
    Err(PrefixedError::NotFound)
}

struct Stock;

#[activities]
impl Stock {
    #[activity(start_to_close = "1s")]
    fn take(&self) -> Result<(), StockError> {
        Err(StockError::NotThere)
    }
}

#[derive(Workflow, Default)]
struct Fulfilment;

#[handlers]
impl Fulfilment {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), StockError> {
        let _ = ctx.activity(prefixed, ()).await;
        Ok(())
    }
}

async fn starts(
    configure: impl Fn(EngineBuilder) -> EngineBuilder,
) -> Result<(), StartEngineError> {
    let engine = Engine::on_store(Arc::new(MemoryStore::new()));
    configure(engine).start().await?.shutdown().await;
    Ok(())
}

fn check_is_refused(started: Result<(), StartEngineError>) -> Outcome {
    let Err(StartEngineError::RepeatedFailureType(conflict)) = started else {
        return Err(format!("it is refused: {started:?}").into());
    };
    assert_eq!(conflict.failure_type, "NotFound");
    let owners = [conflict.first, conflict.second];
    assert!(
        owners.iter().any(|it| it.ends_with("OrderError")),
        "{conflict}"
    );
    assert!(
        owners.iter().any(|it| it.ends_with("StockError")),
        "{conflict}"
    );
    Ok(())
}

#[test]
fn two_errors_with_failures_of_one_type_are_refused() -> Outcome {
    block_on(async {
        // The cause of the one is the other.
        check_is_refused(starts(|engine| engine.activities(order)).await)?;
        check_is_refused(starts(|engine| engine.activities(Stock).activities(order)).await)?;
        let in_a_workflow = |engine: EngineBuilder| {
            let engine = engine.activities_on("elsewhere", order);
            engine.workflow::<Fulfilment>()
        };
        check_is_refused(starts(in_a_workflow).await)?;
        Ok(())
    })
}

#[test]
fn one_error_may_be_used_everywhere_and_a_prefix_keeps_two_apart() -> Outcome {
    block_on(async {
        let all = |engine: EngineBuilder| {
            let engine = engine.activities(Stock).activities_on("elsewhere", Stock);
            let engine = engine.activities(prefixed).activities(reorder);
            engine.workflow::<Fulfilment>()
        };
        Ok(starts(all).await?)
    })
}
