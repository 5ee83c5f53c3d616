//! Local activities, tried again in memory and after a timer, beside one another and between timers.

use std::{error::Error, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{
    ActivityContext, ActivityError, Canceled, Failure, RetryPolicy, Workflow, WorkflowContext,
    activity, handlers,
    testing::{CrashRunner, TestEnvironment},
    workflow::{WorkflowRegistry, combinator::try_join},
};

use crate::{crash::account::account, fixture::DAY};

#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
#[display("busy")]
struct Busy;

/// Fails until the attempt that it is told of.
#[activity(start_to_close = "10s", retry(initial_interval = "2s"))]
async fn weigh(ctx: ActivityContext, (parcel, succeeds_at): (u32, u32)) -> Result<u32, Busy> {
    if ctx.info().attempt < succeeds_at {
        return Err(Busy);
    }
    Ok(10 * parcel)
}

/// Why a van is not loaded.
#[derive(PartialEq, Debug, Display, Error, From, Failure)]
enum NotLoaded {
    #[display("not weighed")]
    Weighed(#[failure(cause)] ActivityError<Busy>),
    #[display("given up")]
    Canceled(#[failure(cause)] Canceled),
}

/// Loads a van, parcel by parcel.
#[derive(Workflow, Default)]
struct Van {
    load: u32,
}

#[handlers]
impl Van {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u32, NotLoaded> {
        let weigh = |parcel: u32, attempts: u32| {
            ctx.local_activity(weigh, (parcel, attempts))
                .retry(RetryPolicy::default().initial_interval(Duration::from_secs(2)))
                .local_retry_threshold(Duration::from_secs(3))
        };
        let load = |weight: u32| ctx.update(|van| van.load += weight);
        load(weigh(1, 1).await?);
        // After two seconds in memory.
        load(weigh(2, 2).await?);
        ctx.sleep(DAY).await?;
        // After two seconds in memory, and four by a timer.
        load(weigh(3, 3).await?);
        let (fourth, fifth) = try_join!(weigh(4, 2), weigh(5, 1))?;
        load(fourth + fifth);
        ctx.sleep(DAY).await?;
        Ok(ctx.state(|van| van.load))
    }

    #[signal]
    fn add(&mut self, weight: u32) {
        self.load += weight;
    }
}

#[sempre::test]
async fn local_activities_are_written_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Van>();
    let host = || {
        TestEnvironment::builder()
            .workflow::<Van>()
            .activities(weigh)
    };
    let crashes = CrashRunner::new(host)
        .run(async |env: TestEnvironment| {
            let van = env.workflow::<Van>("van").start(()).await?;
            // Whenever it comes, it is there at the end.
            van.add(1).await?;
            assert_eq!(van.result().await?, 151);
            let account = account::<Van>(&env, &programs).await?;
            Ok::<_, Box<dyn Error>>(account)
        })
        .await;
    assert!(crashes >= 12, "crashes={crashes}");
}
