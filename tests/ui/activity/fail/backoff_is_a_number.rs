use sempre::activity;

#[activity(retry(backoff = "2"))]
fn greet() {}

fn main() {}
