use sempre::activity;

#[activity(start_to_close = "30s")]
fn greet(_: String, _: u8) {}

fn main() {}
