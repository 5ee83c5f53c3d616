use sempre::{Workflow, WorkflowContext, handlers};
mod rand { pub(super) fn random() -> u8 { 4 } }

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        let _ = rand::random();
    }
}

fn main() {}
