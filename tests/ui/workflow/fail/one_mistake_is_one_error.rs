use sempre::{ActivityError, Engine, Failure, Workflow, WorkflowContext, activity, handlers};

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)]
#[display("declined")]
enum Declined {
    #[failure(final)]
    Card,
}

#[activity(start_to_close = "30 parsecs")]
fn charge(card: String) -> Result<(), Declined> {
    drop(card);
    Err(Declined::Card)
}

#[derive(Workflow, Default)]
#[workflow(title = "order")]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, card: String) -> Result<(), ActivityError<Declined>> {
        ctx.activity(charge, card).await
    }

    #[signal]
    fn approve(&mut self, by: String) -> bool {
        by.is_empty()
    }

    #[query]
    fn shipped(&self) -> bool {
        true
    }
}

async fn order(engine: Engine) {
    let order = engine.workflow::<Order>("order").start("card".into()).await.unwrap();
    let _ = order.approve("ada".into()).await;
    let _ = order.shipped().await;
    let _ = order.result().await;
}

fn main() {
    let _ = Engine::open("never").workflow::<Order>().activities(charge);
    let _ = order;
}
