use sempre::{Workflow, WorkflowContext, handlers};
#[derive(Workflow, Default)]
struct Order;
#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        #[allow_nondeterminism]
        std::env::args();
        #[allow_nondeterminism()]
        std::env::args();
    }
}
fn main() {}
