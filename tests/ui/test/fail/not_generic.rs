#[sempre::test]
async fn broken<T>() {}

fn main() {}
