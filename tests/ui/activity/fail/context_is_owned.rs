use sempre::{ActivityContext, activity};

#[activity(start_to_close = "30s")]
fn greet(_: &ActivityContext) {}

fn main() {}
