use sempre::activity;

#[activity(start_to_close = "30s")]
struct Greet;

fn main() {}
