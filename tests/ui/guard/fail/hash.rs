use sempre::{Workflow, WorkflowContext, handlers};
use std::collections::HashMap;

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        let _: Vec<u8> = HashMap::<u8, u8>::new().into_keys().collect();
    }
}

fn main() {}
