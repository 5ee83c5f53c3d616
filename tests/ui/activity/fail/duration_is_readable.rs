use sempre::activity;

#[activity(start_to_close = "soon", heartbeat = "-5s")]
fn greet() {}

fn main() {}
