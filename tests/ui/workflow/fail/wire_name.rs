use sempre::{Workflow, WorkflowContext, handlers};
#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[signal(name = "")]
    fn approve(&mut self) {}
    #[query(name = "__stack_trace")]
    fn items(&self) -> u8 { 0 }
    #[signal(name = "sempre.activity_progress")]
    fn progress(&mut self) {}
}

fn main() {}
