use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[signal]
    async fn approve(_: u8, _: WorkflowContext<Self>) {}
}

fn main() {}
