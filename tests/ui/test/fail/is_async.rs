#[sempre::test]
fn broken() {}

fn main() {}
