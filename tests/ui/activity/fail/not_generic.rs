use sempre::activity;

#[activity]
fn greet<T>() {}

fn main() {}
