use sempre::{ApplicationFailure, Failure};

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
struct Broken(
    #[failure(cause)] ApplicationFailure,
    #[failure(cause)] ApplicationFailure,
);

fn main() {}
