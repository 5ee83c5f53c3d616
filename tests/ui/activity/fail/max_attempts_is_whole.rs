use sempre::activity;

#[activity(retry(max_attempts = -5))]
fn greet() {}

fn main() {}
