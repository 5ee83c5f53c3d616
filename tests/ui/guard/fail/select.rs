use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        futures::select! { _ = futures::future::ready(1) => {} }
    }
}

fn main() {}
