use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[update]
    fn change(&mut self) {}
    #[validate(change)]
    fn first(&self) -> Result<(), sempre::Canceled> { Ok(()) }
    #[validate(change)]
    fn second(&self) -> Result<(), sempre::Canceled> { Ok(()) }
}

fn main() {}
