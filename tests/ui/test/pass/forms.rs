//! Every documented form of a test.
#![deny(warnings)]

use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Nothing;

#[handlers]
impl Nothing {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

#[sempre::test]
async fn an_environment(env: sempre::testing::TestEnvironment) {
    env.workflow::<Nothing>("nothing").start(()).await?;
}

#[sempre::test(workflows(Nothing, self::Nothing,), crate = ::sempre)]
async fn workflows(_: sempre::testing::TestEnvironment) -> Result<(), std::num::ParseIntError> {
    "1".parse::<u32>().map(drop)
}

#[sempre::test()]
#[ignore = "it does nothing"]
async fn no_environment() {}

fn main() {}
