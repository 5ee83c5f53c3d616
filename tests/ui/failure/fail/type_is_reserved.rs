use sempre::Failure;

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)]
#[display("no")]
enum Named {
    #[failure(name = "sempre.Panic")]
    Panic,
}

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)]
#[failure(prefix = "sempre.")]
#[display("no")]
enum Prefixed {
    Panic,
}

fn main() {}
