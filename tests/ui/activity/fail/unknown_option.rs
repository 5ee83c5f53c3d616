use sempre::activity;

#[activity(time_limit = "30s")]
fn greet() {}

fn main() {}
