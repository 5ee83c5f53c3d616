#[sempre::test]
struct Broken;

fn main() {}
