use sempre::Workflow;

#[derive(Workflow)]
#[workflow(version = 0)]
struct Zero;

#[derive(Workflow)]
#[workflow(version = "2")]
struct Text;

#[derive(Workflow)]
#[workflow(version = -2)]
struct Negative;

#[derive(Workflow)]
#[workflow(version = 1, version = 2)]
struct Twice;

fn main() {}
