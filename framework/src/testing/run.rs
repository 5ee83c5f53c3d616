//! Running one async test to its end.

use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::error::Elapsed;

use crate::testing::{TestEnvironment, TestEnvironmentBuilder};

/// The time of the machine after which a test is taken to wait for something that never comes.
///
/// No test waits for the machine's time, so one that passes takes a fraction of it, however busy the
/// machine is.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Runs a test in an environment, on a runtime of its own, and ends the environment.
///
/// Called by what `#[sempre::test]` writes.
///
/// # Panics
/// If the test panics, waits for results although nothing is left that could bring them, or waits
/// for something that does not come within five minutes. The message lists the results that it waits
/// for, with how their runs stand.
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
        let test = std::pin::pin!(test(environment.clone()));
        let standstill = std::pin::pin!(environment.stands_still());
        let ended = select(test, standstill);
        let output = match tokio::time::timeout(PATIENCE, ended).await {
            Ok(Either::Left((output, _))) => output,
            Ok(Either::Right((awaited, _))) => panic!(
                "the test waits for a result that cannot come: nothing is left to do, and no \
                 deadline is set{awaited}"
            ),
            Err(Elapsed { .. }) => panic!(
                "the test waits for something that never comes; time stands still while an \
                 activity runs, and passes only while the test waits for a result or skips{}",
                environment.awaited().await
            ),
        };
        environment.shutdown().await;
        output
    })
}
