use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(_: WorkflowContext<Self>) {
        let _ = std::net::TcpStream::connect("shop:80");
    }
}

fn main() {}
