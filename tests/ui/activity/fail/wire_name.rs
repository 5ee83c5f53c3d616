use sempre::activity;

#[activity(name = "", task_queue = "__internal")]
fn greet() {}

fn main() {}
