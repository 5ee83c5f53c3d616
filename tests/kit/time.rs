//! Time passes when nobody has anything to do, and not otherwise.

use std::time::Duration;

use futures::{FutureExt as _, channel::oneshot, future::join};
use sempre::testing::TestEnvironment;
use sempre_tests::{Outcome, block_on};

use crate::fixture::{
    Billing, Card, DAY, Fulfilment, FulfilmentHandle as _, Payment, Sleeper, SleeperHandle as _,
};

#[test]
fn a_sleep_of_thirty_days_is_over_at_once() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let began = env.now();
        let sleeper = env.workflow::<Sleeper>("sleeper").start(vec![30]).await?;
        assert_eq!(sleeper.result().await?, 1);
        assert_eq!(env.now().since(began), 30 * DAY);
        env.shutdown().await;
        Ok(())
    })
}

#[test]
fn time_moves_from_deadline_to_deadline_and_no_further() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let began = env.now();
        let long = env.workflow::<Sleeper>("long").start(vec![300]).await?;
        let short = env
            .workflow::<Sleeper>("short")
            .start(vec![1, 2, 3])
            .await?;
        assert_eq!(short.result().await?, 3);
        assert_eq!(env.now().since(began), 6 * DAY);
        assert!(long.describe().await?.status.is_open());
        assert_eq!(long.result().await?, 1);
        assert_eq!(env.now().since(began), 300 * DAY);
        Ok(())
    })
}

#[test]
fn time_stands_still_while_the_test_does_not_wait_for_a_result() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        env.activity(Billing::charge, |_card| Ok(Payment::fake()));
        let began = env.now();
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        for _look in 0..100 {
            assert!(!order.is_approved().await?);
        }
        assert_eq!(env.now(), began);
        order.approve("ada".into()).await?;
        assert_eq!(order.result().await?, Payment::fake());
        assert_eq!(env.now(), began);
        Ok(())
    })
}

#[test]
fn time_stands_still_while_an_activity_runs() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let (began, ended) = (oneshot::channel(), oneshot::channel::<()>());
        let begin = std::sync::Mutex::new(Some(began.0));
        let end = ended.1.shared();
        env.activity(Billing::charge, move |_card| {
            let (begin, end) = (begin.lock().unwrap().take(), end.clone());
            async move {
                begin.map(|begin| begin.send(()));
                let _ended = end.await;
                Ok(Payment::fake())
            }
        });
        let sleeper = env.workflow::<Sleeper>("sleeper").start(vec![1]).await?;
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        let start = env.now();
        let (slept, seen) = join(sleeper.result(), async {
            began.1.await?;
            for _look in 0..100 {
                order.describe().await?;
            }
            let seen = env.now();
            drop(ended.0);
            Ok::<_, Box<dyn std::error::Error>>(seen)
        })
        .await;
        assert_eq!((slept?, seen?), (1, start));
        assert_eq!(env.now().since(start), DAY);
        Ok(())
    })
}

#[test]
fn a_test_can_let_time_pass() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let began = env.now();
        let sleeper = env
            .workflow::<Sleeper>("sleeper")
            .start(vec![1, 1, 1])
            .await?;
        env.skip(Duration::from_secs(86_399)).await;
        assert_eq!(sleeper.woken().await?, 0);
        env.skip(Duration::from_secs(1)).await;
        assert_eq!(sleeper.woken().await?, 1);
        env.skip(10 * DAY).await;
        assert_eq!(env.now().since(began), 11 * DAY);
        assert!(!sleeper.describe().await?.status.is_open());
        Ok(())
    })
}

#[test]
fn a_test_can_set_the_clock_and_suspend_the_machine() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let began = env.now();
        let sleeper = env.workflow::<Sleeper>("sleeper");
        let sleeper = sleeper.start(vec![2, 3, 4, 5]).await?;
        env.skip(DAY).await;
        env.put_clock_back(3_650 * DAY).await;
        assert_eq!(env.now(), began.before(3_649 * DAY));
        env.skip(Duration::from_secs(86_399)).await;
        assert_eq!(sleeper.woken().await?, 0);
        env.skip(Duration::from_secs(1)).await;
        assert_eq!(sleeper.woken().await?, 1);
        env.suspend(3 * DAY).await;
        assert_eq!(sleeper.woken().await?, 2);
        env.put_clock_forward(3 * DAY + Duration::from_secs(86_399))
            .await;
        assert_eq!(sleeper.woken().await?, 2);
        env.put_clock_forward(Duration::from_secs(1)).await;
        assert_eq!(sleeper.woken().await?, 3);
        assert_eq!(sleeper.result().await?, 4);
        env.assert_replays(&sleeper).await;
        env.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_activity_that_hangs_times_out_when_the_test_lets_time_pass() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let charge = env.activity(Billing::charge, async |_card| std::future::pending().await);
        let order = env
            .workflow::<Fulfilment>("order")
            .start(Card("1".into()))
            .await?;
        env.skip(DAY).await;
        assert_eq!(charge.calls(), 5);
        let failure = order.result().await.unwrap_err();
        assert!(failure.is_timeout(), "{failure}");
        Ok(())
    })
}
