use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        #[allow_nondeterminism(reason = " ")]
        std::env::args();
    }
}

fn main() {}
