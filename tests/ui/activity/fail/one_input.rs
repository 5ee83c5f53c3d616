use sempre::{ActivityContext, activity};

#[activity(start_to_close = "30s")]
fn greet(_: ActivityContext, _: String, _: u8) {}

fn main() {}
