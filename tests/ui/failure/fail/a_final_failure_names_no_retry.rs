use sempre::Failure;

#[derive(Failure)]
#[failure(non_retryable, retry_after = "5s")]
struct Broken;

fn main() {}
