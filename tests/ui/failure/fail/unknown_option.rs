use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
#[failure(retryable)]
struct Broken(#[error(not(source))] #[failure(source)] u8);

fn main() {}
