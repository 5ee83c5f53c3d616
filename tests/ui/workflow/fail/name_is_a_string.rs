use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[signal(name = approve)]
    fn approve(&mut self) {}
}

fn main() {}
