use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    fn run(_: WorkflowContext<Self>) {}
}

fn main() {}
