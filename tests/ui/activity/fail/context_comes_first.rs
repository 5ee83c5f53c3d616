use sempre::{ActivityContext, activity};

#[activity]
fn greet(_: String, _: ActivityContext) {}

fn main() {}
