//! Running one async test to its end.

use std::time::Duration;

use crate::testing::{TestEnvironment, TestEnvironmentBuilder};

/// The time of the machine after which a test is taken to wait for something that never comes.
///
/// No test waits for the machine's time, so one that passes takes a fraction of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test in an environment, on a runtime of its own, and ends the environment.
///
/// Called by what `#[sempre::test]` writes.
///
/// # Panics
/// If the test panics, or waits for something that does not come within a minute.
#[expect(clippy::panic, reason = "a test that hangs has failed")]
pub fn run_test<F: Future>(
    builder: TestEnvironmentBuilder,
    test: impl FnOnce(TestEnvironment) -> F,
) -> F::Output {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => panic!("there is no runtime for the test: {error}"),
    };
    runtime.block_on(async {
        let environment = builder.build();
        let test = test(environment.clone());
        let Ok(output) = tokio::time::timeout(PATIENCE, test).await else {
            panic!(
                "the test waits for something that never comes; time stands still while an \
                 activity runs, and passes only while the test waits for a result or skips"
            )
        };
        environment.shutdown().await;
        output
    })
}
