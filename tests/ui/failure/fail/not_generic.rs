use sempre::Failure;

#[derive(Failure)]
struct Broken<T>(T);

fn main() {}
