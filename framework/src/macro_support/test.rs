//! What a test returns that does not say what it returns.

/// Nothing, or any error.
pub type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Fails the test with the error that it ended with.
#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
pub fn assert_passed(result: TestResult) {
    if let Err(error) = result {
        panic!("the test ended with an error: {error}\n{error:?}");
    }
}
