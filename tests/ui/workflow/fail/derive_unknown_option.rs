use sempre::Workflow;

#[derive(Workflow)]
#[workflow(kind = "order")]
struct Order;

fn main() {}
