use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
#[failure(non_retryable)]
enum Broken {
    #[failure(crate = sempre)]
    Wheel,
}

fn main() {}
