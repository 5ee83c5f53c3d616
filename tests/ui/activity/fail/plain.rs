use sempre::activity;

#[activity(start_to_close = "30s")]
unsafe fn greet() {}

fn main() {}
