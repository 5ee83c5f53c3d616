use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
#[failure(non_retryable, retry_after = "5s")]
struct Broken;

fn main() {}
