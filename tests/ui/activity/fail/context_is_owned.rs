use sempre::{ActivityContext, activity};

#[activity]
fn greet(_: &ActivityContext) {}

fn main() {}
