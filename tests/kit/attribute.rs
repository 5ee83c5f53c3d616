//! `#[sempre::test]`, in all its forms.

use sempre::{Canceled, Workflow, WorkflowContext, handlers, testing::TestEnvironment};
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

/// Waits for a signal that has no limit.
#[derive(Workflow, Default)]
struct Patient {
    is_told: bool,
}

#[handlers]
impl Patient {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.wait_until(|state| state.is_told).await
    }

    #[signal]
    fn tell(&mut self) {
        self.is_told = true;
    }
}

#[sempre::test]
#[should_panic(
    expected = "no deadline is set\n  patient-1: waits for a signal or for a condition of its state"
)]
async fn a_result_that_cannot_come_is_named(env: TestEnvironment) {
    let patient = env.workflow::<Patient>("patient-1").start(()).await?;
    patient.result().await?;
}

#[sempre::test]
async fn a_signal_from_another_branch_is_waited_for(env: TestEnvironment) {
    let patient = env.workflow::<Patient>("patient-1").start(()).await?;
    let told = async {
        tokio::task::yield_now().await;
        patient.tell().await
    };
    let (result, told) = futures::join!(patient.result(), told);
    result?;
    told?;
}
