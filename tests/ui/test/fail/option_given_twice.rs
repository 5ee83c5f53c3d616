#[sempre::test(workflows(), workflows())]
async fn broken() {}

fn main() {}
