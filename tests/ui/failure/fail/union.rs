use sempre::Failure;

#[derive(Failure)]
union Broken {
    code: u8,
}

fn main() {}
