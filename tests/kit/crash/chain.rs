//! Chains of runs: by continue-as-new, by a retry policy and by a schedule.

use std::time::Duration;

use sempre::{
    RetryPolicy,
    testing::{CrashRunner, TestEnvironment},
    workflow::WorkflowRegistry,
};
use sempre_tests::{
    family::{Care, Deed, Household, Kid},
    workflow::{Relay, RelayHandle as _, baton},
};

use crate::crash::account::account;

#[sempre::test]
async fn a_chain_goes_on_once_and_hands_on_what_it_heard_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Relay>();
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Relay>())
        .run(async |env: TestEnvironment| {
            let relay = env.workflow::<Relay>("relay").start(baton(3, 5)).await?;
            for word in ["one", "two", "three"] {
                relay.call(word.into()).request_id(word).await?;
                env.skip(Duration::from_secs(5)).await;
            }
            assert_eq!(relay.result().await?, ["one", "two", "three"]);
            let account = account::<Relay>(&env, &programs).await?;
            assert_eq!(account.values().flatten().count(), 4);
            Ok::<_, Box<dyn std::error::Error>>(account)
        })
        .await;
    assert!(crashes >= 20, "crashes={crashes}");
}

#[sempre::test]
async fn a_parent_that_goes_on_as_new_has_its_children_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Household>();
    programs.register::<Kid>();
    let crashes = CrashRunner::new(|| {
        let builder = TestEnvironment::builder();
        builder.workflow::<Household>().workflow::<Kid>()
    })
    .run(async |env: TestEnvironment| {
        let raise = |said: &str| Care::Raise("kid".into(), Deed::Return(said.into()));
        let last = vec![
            raise("three"),
            Care::Raise("heir".into(), Deed::Continue(2)),
        ];
        let plan = vec![
            raise("one"),
            Care::Renew(vec![raise("two"), Care::Renew(last)]),
        ];
        let household = env.workflow::<Household>("home").start(plan).await?;
        assert_eq!(household.result().await?, ["three", "the end"]);
        let account = account::<Kid>(&env, &programs).await?;
        assert_eq!(account.values().flatten().count(), 9);
        Ok::<_, Box<dyn std::error::Error>>(account)
    })
    .await;
    assert!(crashes >= 30, "crashes={crashes}");
}

#[sempre::test]
async fn a_run_that_fails_is_tried_again_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Kid>();
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Kid>())
        .run(async |env: TestEnvironment| {
            let retry = RetryPolicy::default().max_attempts(3);
            let start = |id: &str, deed| {
                let start = env.workflow::<Kid>(id).start(deed);
                start.retry(retry.clone()).into_future()
            };
            let persistent = start("persistent", Deed::Try(2)).await?;
            assert_eq!(persistent.result().await?, "attempt 3");
            let hopeless = start("hopeless", Deed::Try(9)).await?;
            let ended = hopeless.result().await;
            assert!(ended.is_err_and(|it| it.to_string().contains("attempt 3")));
            let account = account::<Kid>(&env, &programs).await?;
            assert_eq!(account.values().flatten().count(), 6);
            Ok::<_, Box<dyn std::error::Error>>(account)
        })
        .await;
    assert!(crashes >= 12, "crashes={crashes}");
}

#[sempre::test]
async fn a_schedule_misses_nothing_and_repeats_nothing_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Relay>();
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Relay>())
        .run(async |env: TestEnvironment| {
            let start = env.workflow::<Relay>("relay").start(baton(0, 1));
            let relay = start.cron("@every 10s").await?;
            // Each run takes a second, and the fourth one waits for its time.
            env.skip(Duration::from_secs(35)).await;
            relay.cancel("enough").await?;
            let ended = relay.result().await;
            assert!(ended.is_err_and(|ended| ended.is_canceled()));
            let account = account::<Relay>(&env, &programs).await?;
            assert_eq!(account.values().flatten().count(), 4);
            Ok::<_, Box<dyn std::error::Error>>(account)
        })
        .await;
    assert!(crashes >= 16, "crashes={crashes}");
}
