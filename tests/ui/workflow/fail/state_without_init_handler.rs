use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

fn main() {}
