use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
#[failure(non_retryable = true)]
struct Broken;

fn main() {}
