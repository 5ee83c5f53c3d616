use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        let _ = std::path::Path::new("prices.csv").try_exists();
    }
}

fn main() {}
