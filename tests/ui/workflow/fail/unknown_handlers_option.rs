use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers(name = "order")]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

fn main() {}
