use sempre::activity;

#[activity]
fn greet(_: String, _: u8) {}

fn main() {}
