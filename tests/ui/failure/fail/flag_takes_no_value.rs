use sempre::Failure;

#[derive(Failure)]
#[failure(non_retryable = true)]
struct Broken;

fn main() {}
