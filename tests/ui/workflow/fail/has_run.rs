use sempre::{Workflow, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
}

fn main() {}
