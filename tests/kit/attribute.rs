//! `#[sempre::test]`, in all its forms.

use sempre::testing::TestEnvironment;
use sempre_tests::Outcome;

use crate::fixture::{Billing, Card, DAY, Fulfilment, Payment, Sleeper};

#[sempre::test]
async fn an_unapproved_order_is_canceled_after_three_days(env: TestEnvironment) {
    env.activity(Billing::charge, |_card| Ok(Payment::fake()));
    let order = env
        .workflow::<Fulfilment>("order-1")
        .start(Card("1".into()))
        .await?;
    assert!(matches!(order.result().await, Err(e) if e.is_timeout()));
    env.assert_replays(&order).await;
}

#[sempre::test(workflows(Fulfilment, Sleeper), crate = ::sempre)]
async fn a_test_may_return_what_any_test_may(env: TestEnvironment) -> Outcome {
    let engine = env.engine().await;
    let sleeper = engine.workflow::<Sleeper>("sleeper").start(vec![1]).await?;
    env.skip(DAY).await;
    assert_eq!(sleeper.result().await?, 1);
    Ok(())
}

#[sempre::test]
async fn a_test_needs_no_environment() {
    tokio::task::yield_now().await;
}

#[sempre::test]
#[should_panic(expected = "the code, told all that came before event")]
async fn other_attributes_stay(env: TestEnvironment) {
    let fickle = env.workflow::<crate::replay::Fickle>("fickle");
    let fickle = fickle.start(()).await?;
    fickle.result().await?;
    env.assert_replays(&fickle).await;
}
