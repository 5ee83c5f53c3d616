use sempre::{Workflow, WorkflowContext, handlers};
#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
    #[signal]
    fn approve<T>(&mut self) {}
    #[signal]
    fn refuse(&mut self, _: impl Sized) {}
}

fn main() {}
