use sempre::Failure;

#[derive(Failure)]
#[failure(non_retryable)]
enum Broken {
    #[failure(crate = sempre)]
    Wheel,
}

fn main() {}
