//! Mocks take the place of activities, typed like them.

use sempre::testing::TestEnvironment;
use sempre_tests::{Outcome, block_on};

use crate::fixture::{
    Billing, BillingError, Card, Fulfilment, FulfilmentHandle as _, Packing, Payment, pack,
};

#[test]
fn a_real_activity_runs_where_there_is_no_mock() -> Outcome {
    block_on(async {
        let env = TestEnvironment::builder()
            .activities(Billing)
            .start()
            .await?;
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        order.approve("ada".into()).await?;
        assert_eq!(order.result().await?, Payment("charged 1".into()));
        Ok(())
    })
}

#[test]
fn a_mock_keeps_its_place() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let charge = env.activity(Billing::charge, async |_card| Ok(Payment::fake()));
        env.activities(Billing);
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        order.approve("ada".into()).await?;
        assert_eq!(order.result().await?, Payment::fake());
        assert_eq!(charge.calls(), 1);
        Ok(())
    })
}

#[test]
fn a_mock_that_fails_is_tried_again_after_its_backoff() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let charge =
            env.activity_with_context(Billing::charge, |ctx, _card| match ctx.info().attempt {
                4 => Ok(Payment::fake()),
                _ => Err(BillingError::Unreachable),
            });
        let (began, order) = (env.now(), env.workflow::<Fulfilment>("order"));
        let order = order.start(Card("1".into())).await?;
        order.approve("ada".into()).await?;
        assert_eq!(order.result().await?, Payment::fake());
        assert_eq!((charge.calls(), env.now().since(began).as_secs()), (4, 7));
        env.assert_replays(&order).await;
        Ok(())
    })
}

#[test]
fn a_mock_can_fail_for_good() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let charge = env.activity(Billing::charge, |_card| Err(BillingError::Declined));
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        assert!(order.result().await.is_err());
        assert_eq!(charge.calls(), 1);
        Ok(())
    })
}

#[test]
fn a_mock_is_exchanged_while_the_engine_runs() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        env.activity(pack, |parcels| Ok(parcels + 1));
        let first = env.workflow::<Packing>("first").start(1).await?;
        assert_eq!(first.result().await?, 2);
        env.activity(pack, |parcels| Ok(parcels + 10));
        let second = env.workflow::<Packing>("second").start(1).await?;
        assert_eq!(second.result().await?, 11);
        Ok(())
    })
}

#[test]
fn what_comes_late_starts_the_engine_anew_on_what_it_has_stored() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        // The engine has not known the activity so far, nor the second workflow.
        env.activity(Billing::charge, |_card| Ok(Payment::fake()));
        env.activities(pack);
        let parcels = env.workflow::<Packing>("parcels").start(7);
        order.approve("ada".into()).await?;
        assert_eq!(order.result().await?, Payment::fake());
        assert!(parcels.await?.describe().await?.status.is_open());
        Ok(())
    })
}
