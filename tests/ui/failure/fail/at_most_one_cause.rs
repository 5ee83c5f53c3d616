use sempre::{ApplicationFailure, Failure};

#[derive(Failure)]
struct Broken(
    #[failure(cause)] ApplicationFailure,
    #[failure(cause)] ApplicationFailure,
);

fn main() {}
