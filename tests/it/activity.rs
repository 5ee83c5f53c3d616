//! Activities.

use sempre_tests::{Outcome, Scenario, workflow::Steps};

#[test]
fn activities_run_one_after_the_other_and_their_results_are_handed_back() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let inputs = vec!["tea".to_owned(), "cake".to_owned()];
        let steps = world.workflow::<Steps>("steps").start(inputs).await?;
        for expected in ["tea", "cake"] {
            let attempt = world.stage.attempt().await;
            assert_eq!((attempt.input.as_str(), attempt.number()), (expected, 1));
            attempt.complete(format!("{expected} is served"));
        }
        assert_eq!(steps.result().await?, ["tea is served", "cake is served"]);
        Ok(())
    })
}
