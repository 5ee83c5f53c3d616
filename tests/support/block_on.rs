//! Running an async test to its end, or giving it up.

use std::{error::Error, time::Duration};

/// What a test returns.
pub type Outcome = Result<(), Box<dyn Error>>;

/// The time after which a test is taken to wait for something that never comes.
///
/// No test asserts on it: one that passes never waits for time.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Runs an async test on this thread.
///
/// # Errors
/// What the test returns, or that it hangs.
pub fn block_on<T>(
    test: impl Future<Output = Result<T, Box<dyn Error>>>,
) -> Result<T, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        match tokio::time::timeout(PATIENCE, test).await {
            Ok(outcome) => outcome,
            Err(_) => Err("the test waits for something that never comes".into()),
        }
    })
}
