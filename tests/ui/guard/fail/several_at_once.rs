use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(&self, _: WorkflowContext<Self>) {
        std::env::args();
    }
}

fn main() {}
