use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        use std::{env::{self, var as setting}, time};
        let _ = (time::Instant::now(), env::args(), setting("REGION"));
    }
}

fn main() {}
