use sempre::activity;

#[activity]
unsafe fn greet() {}

fn main() {}
