//! A variable, a parameter and a field may have the name of an activity.

use sempre::{ActivityError, Engine, WorkflowContext, activity};
use std::convert::Infallible;

#[activity(start_to_close = "1s")]
fn price(price: u64) -> u64 {
    price + 1
}

async fn total<W>(ctx: WorkflowContext<W>) -> Result<u64, ActivityError<Infallible>> {
    let first = ctx.activity(price, 1).await?;
    let price = ctx.activity(price, first).await?;
    Ok(price)
}

fn main() {
    let _ = total::<()>;
    let _ = Engine::open("never").activities(price);
    // By its type, too, as it is written in another type.
    let _ = Engine::open("never").activities(price {});
    let Some(price) = Some(price::call(1)) else {
        return;
    };
    assert_eq!(price, 2);
}
