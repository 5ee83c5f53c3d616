use sempre::Workflow;

#[derive(Workflow)]
struct Order<T>(T);

fn main() {}
