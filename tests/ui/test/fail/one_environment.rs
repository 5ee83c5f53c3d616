use sempre::testing::TestEnvironment;

#[sempre::test]
async fn broken(_: TestEnvironment, _: TestEnvironment) {}

fn main() {}
