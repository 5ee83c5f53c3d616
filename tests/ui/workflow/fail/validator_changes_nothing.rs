use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[update]
    fn change(&mut self, _: u32) {}
    #[validate(change)]
    fn check(&mut self, _: u32) -> Result<(), sempre::Canceled> { Ok(()) }
}

fn main() {}
