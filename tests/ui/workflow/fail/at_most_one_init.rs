use sempre::{Workflow, WorkflowContext, handlers};
#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[init]
    fn init() -> Self { Self }
    #[init]
    fn again() -> Self { Self }
}

fn main() {}
