use sempre::activities;

#[activities]
fn charge() {}

fn main() {}
