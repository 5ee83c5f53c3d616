use sempre::activity;

#[activity(start_to_close = "0s")]
fn greet() {}

fn main() {}
