use sempre::activity;

#[activity(timeout = "30s")]
fn greet() {}

fn main() {}
