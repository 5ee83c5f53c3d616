use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
#[allow_nondeterminism(reason = "all of it")]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

fn main() {}
