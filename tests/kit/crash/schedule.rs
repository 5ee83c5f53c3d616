//! Schedules: each time is acted upon once, wherever the engine crashes.

use std::time::Duration;

use sempre::{
    schedule::OverlapPolicy,
    testing::{CrashRunner, TestEnvironment},
    workflow::WorkflowRegistry,
};
use sempre_tests::workflow::Alarm;

use crate::crash::account::account;

#[sempre::test]
async fn a_schedule_acts_once_at_each_time_whenever_the_engine_crashes() {
    for overlap in [
        OverlapPolicy::Skip,
        OverlapPolicy::BufferAll,
        OverlapPolicy::CancelOther,
        OverlapPolicy::TerminateOther,
    ] {
        let mut programs = WorkflowRegistry::default();
        programs.register::<Alarm>();
        let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Alarm>())
            .run(async |env: TestEnvironment| {
                let create = env.schedule("alarms").create::<Alarm>(15);
                let schedule = create
                    .every(Duration::from_secs(10))
                    .overlap(overlap)
                    .await?;
                env.skip(Duration::from_secs(22)).await;
                schedule.trigger().overlap(OverlapPolicy::AllowAll).await?;
                schedule.pause("enough").await?;
                env.skip(Duration::from_secs(60)).await;
                let described = schedule.describe().await?;
                assert_eq!(described.running, [], "each end has been told");
                assert_eq!(described.waiting_actions, 0);
                let account = account::<Alarm>(&env, &programs).await?;
                let stands: Vec<_> = described.recent.iter().map(|it| it.status).collect();
                Ok::<_, Box<dyn std::error::Error>>((account, described.started_actions, stands))
            })
            .await;
        assert!(crashes >= 20, "{overlap:?} crashes={crashes}");
    }
}

#[sempre::test]
async fn a_schedule_that_goes_on_as_new_misses_nothing_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Alarm>())
        .run(async |env: TestEnvironment| {
            let create = env.schedule("alarms").create::<Alarm>(15);
            let create = create.every(Duration::from_secs(10));
            let schedule = create
                .overlap(OverlapPolicy::BufferOne)
                .max_actions(17)
                .await?;
            env.skip(Duration::from_secs(400)).await;
            let described = schedule.describe().await?;
            assert_eq!(described.running, [], "each end has been told");
            let engine = env.engine().await;
            let runs = engine
                .list("WorkflowId = 'temporal-sys-scheduler:alarms'")
                .await?;
            assert_eq!(runs.runs.len(), 1, "the runs before are deleted");
            let actions = engine.count("ExecutionStatus = 'Completed'").await?.total;
            assert_eq!(actions, described.started_actions);
            Ok::<_, Box<dyn std::error::Error>>((actions, described.skipped_actions))
        })
        .await;
    assert!(crashes >= 100, "crashes={crashes}");
}
