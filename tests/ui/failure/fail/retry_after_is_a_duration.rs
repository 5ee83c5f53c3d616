use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
#[failure(retry_after = "0s")]
struct Broken;

fn main() {}
