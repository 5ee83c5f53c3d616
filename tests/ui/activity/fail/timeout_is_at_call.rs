use sempre::activity;

#[activity(timeout = "30s")]
fn greet() {}

#[activity(timeout = "at_call", start_to_close = "30s")]
fn copy() {}

fn main() {}
