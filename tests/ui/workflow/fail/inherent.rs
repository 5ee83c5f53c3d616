use sempre::handlers;

#[derive(Default)]
struct Order;

#[handlers]
impl Clone for Order {
    fn clone(&self) -> Self {
        Self
    }
}

fn main() {}
