use sempre::activity;

#[activity]
fn greet() -> &'static str { "" }

fn main() {}
