//! Namespaces over time: their schedules, their bulk jobs and their retention are their own.

use std::time::Duration;

use sempre::{Engine, client::RequestError, runtime::NamespaceOptions, testing::TestEnvironment};
use sempre_tests::{
    Mode, Outcome,
    workflow::{Alarm, Board},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn environment(mode: Mode) -> TestEnvironment {
    let builder = TestEnvironment::builder().engine(move |engine| {
        let brief = NamespaceOptions::default().retention(HOUR);
        let engine = engine.retention(4 * HOUR).namespace("brief", brief);
        let kept = NamespaceOptions::default();
        mode.configure(engine.namespace("kept", kept).threads(1))
    });
    builder.workflow::<Alarm>().workflow::<Board>().build()
}

#[sempre::test]
async fn a_schedule_acts_in_its_namespace() -> Outcome {
    for mode in Mode::ALL {
        let env = environment(mode);
        let here = env.engine().await;
        let there = here.namespace("kept")?;
        let schedule = there.schedule("alarms").create::<Alarm>(1);
        let schedule = schedule.every(MINUTE).await?;
        env.skip(3 * MINUTE + MINUTE / 2).await;

        let alarms = there.list("WorkflowType = 'Alarm'").await?.runs;
        assert!(alarms.len() >= 3, "{alarms:?}");
        assert_eq!(
            here.list("WorkflowType = 'Alarm'").await?.runs,
            [],
            "{mode}"
        );
        assert!(here.schedule("alarms").describe().await.is_err());
        assert_eq!(there.schedules().await?.ids, ["alarms"]);
        assert!(here.schedules().await?.ids.is_empty());
        // One of the same id next door is another one.
        here.schedule("alarms")
            .create::<Alarm>(1)
            .every(HOUR)
            .await?;
        schedule.delete().await?;
        assert!(here.schedule("alarms").describe().await.is_ok());
        here.schedule("alarms").delete().await?;
    }
    Ok(())
}

#[sempre::test]
async fn a_bulk_job_is_about_runs_of_its_namespace() -> Outcome {
    for mode in Mode::ALL {
        let env = environment(mode);
        let here = env.engine().await;
        let there = here.namespace("kept")?;
        for engine in [&here, &there] {
            for number in 1..=3 {
                engine
                    .workflow::<Board>(format!("board-{number}"))
                    .start(())
                    .await?;
            }
        }
        let bulk = there.bulk("WorkflowType = 'Board'");
        assert_eq!(bulk.clone().dry_run().await?.count, 3);
        let job = bulk.terminate("a test").start().await?;
        assert_eq!(job.result().await?.done, 3, "{mode}");
        let open = async |engine: &Engine| engine.count("ExecutionStatus = 'Running'").await;
        assert_eq!(open(&there).await?.total, 0, "{mode}");
        assert_eq!(open(&here).await?.total, 3, "{mode}");
        assert_eq!(there.bulk_jobs().await?.ids, [job.id()]);
        assert!(here.bulk_jobs().await?.ids.is_empty());
        assert!(here.bulk_job(job.id()).describe().await.is_err());
    }
    Ok(())
}

#[sempre::test]
async fn each_namespace_keeps_its_runs_for_its_own_time() -> Outcome {
    for mode in Mode::ALL {
        let env = environment(mode);
        env.skip(MINUTE).await;
        let here = env.engine().await;
        let engines = [here.namespace("brief")?, here.namespace("kept")?, here];
        for engine in &engines {
            engine.workflow::<Alarm>("alarm").start(1).await?;
        }
        env.skip(MINUTE).await;
        let is_there = async |engine: &Engine| match engine.execution("alarm").describe().await {
            Ok(_) => Ok(true),
            Err(RequestError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        env.skip(2 * HOUR).await;
        let [brief, kept, here] = &engines;
        assert!(!is_there(brief).await?, "{mode}");
        assert!(is_there(kept).await? && is_there(here).await?, "{mode}");
        // One that says nothing of it does as the engine does.
        env.skip(3 * HOUR).await;
        assert!(!is_there(kept).await? && !is_there(here).await?, "{mode}");
    }
    Ok(())
}
