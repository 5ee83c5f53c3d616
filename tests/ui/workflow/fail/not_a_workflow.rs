use sempre::{WorkflowContext, handlers};

#[derive(Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

fn main() {}
