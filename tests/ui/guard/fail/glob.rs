use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        use std::{env::*, time::*};
        let _ = (var("REGION"), SystemTime::now());
    }
}

fn main() {}
