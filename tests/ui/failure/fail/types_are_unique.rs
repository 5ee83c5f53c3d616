use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)] #[display("broken")]
enum Broken {
    Wheel,
    #[failure(name = "Wheel")]
    Tire,
}

fn main() {}
