use sempre::{ActivityContext, activity};

#[activity(start_to_close = "30s")]
fn greet(_: String, _: ActivityContext) {}

fn main() {}
