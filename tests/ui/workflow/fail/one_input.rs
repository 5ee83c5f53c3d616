use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[signal]
    fn approve(&mut self, _: u8, _: u8) {}
}

fn main() {}
