use sempre::activity;

#[activity(retry(max_attempt = 5))]
fn greet() {}

fn main() {}
