use sempre::testing::TestEnvironment;

#[sempre::test]
async fn broken(one: TestEnvironment, other: TestEnvironment) {}

fn main() {}
