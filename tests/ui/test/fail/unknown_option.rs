#[sempre::test(timeout = "1s")]
async fn broken() {}

fn main() {}
