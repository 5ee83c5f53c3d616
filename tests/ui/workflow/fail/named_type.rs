use sempre::handlers;

#[handlers]
impl (u8, u8) {}

fn main() {}
