use sempre::activity;

#[activity(start_to_close = "30s")]
fn greet<T>() {}

fn main() {}
