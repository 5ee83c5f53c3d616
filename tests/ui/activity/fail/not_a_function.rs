use sempre::activity;

#[activity]
struct Greet;

fn main() {}
