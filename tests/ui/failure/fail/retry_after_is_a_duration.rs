use sempre::Failure;

#[derive(Failure)]
#[failure(retry_after = "0s")]
struct Broken;

fn main() {}
