//! Progress and control: a dialog between a workflow and its activity, whatever crashes.

use std::{collections::BTreeMap, error::Error};

use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, OrFailure as _, Workflow, WorkflowContext,
    activity, handlers,
    model::{EventAttributes, History, ProgressMark},
    testing::{CrashRunner, TestEnvironment},
    workflow::WorkflowRegistry,
};

/// Goes step by step, each when the workflow has seen it; returns what it was told.
#[activity(start_to_close = "1h", retry(initial_interval = "1s"))]
async fn walk(ctx: ActivityContext, steps: u32) -> Result<Vec<u32>, ApplicationFailure> {
    // What an attempt before this one was told, this one is told again.
    let mut told = Vec::new();
    for step in 1..=steps {
        ctx.report_progress(&step).or_failure("Progress")?;
        while told.last().is_none_or(|last| *last < step) {
            told.push(ctx.control().await.or_failure("Control")?);
        }
    }
    Ok(told)
}

/// Watches the walk, and tells it of each step once.
#[derive(Workflow, Default)]
struct Guide;

#[handlers]
impl Guide {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        steps: u32,
    ) -> Result<(Vec<u32>, Vec<u32>), ActivityError<ApplicationFailure>> {
        let walk = ctx.activity(walk, steps).start();
        let mut seen: Vec<u32> = Vec::new();
        while let Some(step) = walk.progress::<u32>().await {
            if seen.last().is_none_or(|last| *last < step) {
                seen.push(step);
                walk.control(&step);
            }
        }
        Ok((seen, walk.await?))
    }
}

/// Reports are recorded in the order in which an attempt has made them, and once.
fn check_reports(history: &History) -> Result<(), String> {
    let mut last = BTreeMap::new();
    for event in history.attributes() {
        let EventAttributes::WorkflowExecutionSignaled(signal) = event else {
            continue;
        };
        let mark = ProgressMark::of(signal).ok_or("nobody has sent a signal")?;
        let before = last.insert(mark.attempt, mark.number).unwrap_or_default();
        if mark.number <= before {
            return Err(format!("{mark:?} comes after report {before}"));
        }
    }
    Ok(())
}

#[sempre::test]
async fn a_dialog_with_an_activity_comes_to_its_end_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Guide>();
    let host = || {
        TestEnvironment::builder()
            .workflow::<Guide>()
            .activities(walk)
    };
    let crashes = CrashRunner::new(host)
        .run(async |env: TestEnvironment| {
            let guide = env.workflow::<Guide>("guide").start(4).await?;
            let (seen, told) = guide.result().await?;
            let history = guide.history().await?;
            sempre_tests::check_history(&history, &programs)?;
            check_reports(&history)?;
            Ok::<_, Box<dyn Error>>((seen, told))
        })
        .await;
    assert!(crashes >= 10, "crashes={crashes}");
}
