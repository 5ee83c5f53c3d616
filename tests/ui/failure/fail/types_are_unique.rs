use sempre::Failure;

#[derive(Failure)]
enum Broken {
    Wheel,
    #[failure(name = "Wheel")]
    Tire,
}

fn main() {}
