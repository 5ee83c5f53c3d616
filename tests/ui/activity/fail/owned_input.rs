use sempre::activity;

#[activity]
fn greet(_: &str) {}

fn main() {}
