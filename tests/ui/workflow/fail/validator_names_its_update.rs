use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[validate]
    fn check(&self) -> Result<(), sempre::Canceled> { Ok(()) }
}

fn main() {}
