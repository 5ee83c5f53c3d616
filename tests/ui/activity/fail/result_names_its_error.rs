use sempre::activity;

#[activity]
fn greet() -> std::io::Result<()> { Ok(()) }

fn main() {}
