//! What a workflow draws is the same in every run of a test.

use std::error::Error;

use sempre::{Canceled, Workflow, WorkflowContext, handlers, testing::TestEnvironment};
use sempre_tests::{Outcome, block_on};

use crate::fixture::{DAY, Sleeper};

#[derive(Workflow, Default)]
struct Dice;

#[handlers]
impl Dice {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.sleep(DAY).await?;
        Ok(ctx.uuid().to_string())
    }
}

/// Throws twice, with an engine that is started anew in between.
async fn throw() -> Result<[String; 2], Box<dyn Error>> {
    let env = TestEnvironment::new();
    let first = env
        .workflow::<Dice>("first")
        .start(())
        .await?
        .result()
        .await?;
    env.workflow::<Sleeper>("sleeper")
        .start(vec![])
        .await?
        .result()
        .await?;
    let second = env
        .workflow::<Dice>("second")
        .start(())
        .await?
        .result()
        .await?;
    Ok([first, second])
}

#[test]
fn random_numbers_are_the_same_in_every_run_of_a_test_and_others_in_every_run_of_a_workflow()
-> Outcome {
    block_on(async {
        let thrown = throw().await?;
        assert_ne!(thrown[0], thrown[1]);
        assert_eq!(thrown, throw().await?);
        Ok(())
    })
}
