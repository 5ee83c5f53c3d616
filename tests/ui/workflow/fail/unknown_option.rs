use sempre::{Workflow, WorkflowContext, handlers};
#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[signal(id = "x")]
    fn approve(&mut self) {}
    #[query(id = "x")]
    fn items(&self) -> u8 { 0 }
}

fn main() {}
