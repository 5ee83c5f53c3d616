use sempre::handlers;

#[handlers]
struct Order;

fn main() {}
