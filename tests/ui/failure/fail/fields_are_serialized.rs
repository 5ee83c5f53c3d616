use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)]
#[display("broken")]
struct Broken {
    part: Part,
}

#[derive(Debug)]
struct Part;

fn main() {}
