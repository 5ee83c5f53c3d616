use sempre::activity;

#[activity(start_to_close = 30)]
fn greet() {}

fn main() {}
