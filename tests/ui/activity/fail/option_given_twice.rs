use sempre::activity;

#[activity(heartbeat = "1s", heartbeat = "2s")]
fn greet() {}

fn main() {}
