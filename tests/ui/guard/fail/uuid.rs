use sempre::{Workflow, WorkflowContext, handlers};
struct Uuid;
impl Uuid { fn new_v4() {} }
#[derive(Workflow, Default)]
struct Order;
#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        Uuid::new_v4();
    }
}
fn main() {}
