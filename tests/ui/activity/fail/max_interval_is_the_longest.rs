use sempre::activity;

#[activity(retry(initial_interval = "1m", max_interval = "1s"))]
fn greet() {}

fn main() {}
