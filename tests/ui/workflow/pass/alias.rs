//! What a type is decides, and not how it is written.

use sempre::{Canceled, Workflow, WorkflowContext, definition::WorkflowSignature, handlers};

type Ctx = WorkflowContext<Order>;
type Outcome<T> = Result<T, Canceled>;

#[derive(Workflow, Default)]
struct Order {
    paused: bool,
}

#[handlers]
impl Order {
    #[run]
    async fn run(ctx: Ctx, days: u8) -> Outcome<u8> {
        ctx.wait_until(|order| !order.paused).await?;
        Ok(days)
    }

    // Names that sempre may want for a handle one day.
    #[signal]
    fn pause(&mut self) {
        self.paused = true;
    }

    #[signal]
    async fn unpause(ctx: Ctx) {
        ctx.update(|order| order.paused = false);
    }

    #[query]
    fn update(&self) -> bool {
        self.paused
    }
}

fn output<W: WorkflowSignature<Output = u8, Error = Canceled, Input = u8>>() {}

fn main() {
    output::<Order>();
}
