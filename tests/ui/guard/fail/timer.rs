use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

fn main() {}
