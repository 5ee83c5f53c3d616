use sempre::activity;

#[activity(retry(backoff = 0.5))]
fn greet() {}

fn main() {}
