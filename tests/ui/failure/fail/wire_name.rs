use sempre::Failure;

#[derive(Failure)]
#[failure(name = "")]
struct Broken;

fn main() {}
