use sempre::{WorkflowContext, activities, activity};

#[activity]
fn greet(name: String) -> String {
    name
}

#[activity(heartbeat = "10s", schedule_to_start = "1m")]
fn copy() {}

struct Billing;

#[activities]
impl Billing {
    #[activity(retry(max_attempts = 3))]
    fn charge(&self) {}
}

// Whoever calls them is not told anything more.
async fn run<W>(ctx: WorkflowContext<W>) {
    let _ = ctx.activity(greet, "ada".into()).await;
    let _ = ctx.activity(copy, ()).await;
    let _ = ctx.activity(Billing::charge, ()).await;
}

fn main() {}
