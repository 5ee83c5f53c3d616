use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
struct Broken<T>(T);

fn main() {}
