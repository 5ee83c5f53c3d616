use sempre::Failure;

#[derive(Failure)]
#[failure(retryable)]
struct Broken(#[failure(source)] u8);

fn main() {}
