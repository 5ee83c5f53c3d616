use sempre::{Workflow, WorkflowContext, handlers};
#[derive(Workflow)]
struct Order;
#[handlers]
impl Order {
    #[init] fn init() -> Self { std::env::args(); Self }
    #[run] async fn run(_: WorkflowContext<Self>) { Self::log(); }
    #[signal] fn approve(&mut self) { std::env::args(); }
    #[query] fn items(&self) -> bool { std::env::args().next().is_some() }
    fn log() { let _ = std::env::vars(); }
}
fn main() {}
