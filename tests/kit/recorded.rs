//! Histories that are older than the code, as production and other SDKs have written them.

use std::{error::Error, time::Duration};

use sempre::{
    Canceled, Workflow, WorkflowContext, handlers,
    model::{Codecs, EventAttributes, History, event::workflow_task::SdkMetadata},
    testing::{
        TestEnvironment,
        replay::{Comparison, ReplayError, ReplayMismatch, ReplaySummary, check_recorded},
    },
    workflow::{ProgramFactory, WorkflowHandlers},
};
use sempre_tests::{Outcome, block_on};

use crate::fixture::{DAY, Sleeper};

/// Sleeps once, for an hour longer than it did.
#[derive(Workflow, Default)]
struct Late;

#[handlers]
impl Late {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, days: Vec<u32>) -> Result<usize, Canceled> {
        for day in &days {
            ctx.sleep(*day * DAY + Duration::from_secs(3_600)).await?;
        }
        Ok(days.len())
    }
}

/// Sleeps once more than it did.
#[derive(Workflow, Default)]
struct Tired;

#[handlers]
impl Tired {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, days: Vec<u32>) -> Result<usize, Canceled> {
        for day in &days {
            ctx.sleep(*day * DAY).await?;
        }
        ctx.sleep(DAY).await?;
        Ok(days.len())
    }
}

async fn recorded() -> Result<History, Box<dyn Error>> {
    let env = TestEnvironment::new();
    let sleeper = env.workflow::<Sleeper>("s").start(vec![1, 2, 3]).await?;
    sleeper.result().await?;
    Ok(sleeper.history().await?)
}

fn check<W: WorkflowHandlers>(
    history: &History,
    comparison: Comparison,
) -> Result<ReplaySummary, ReplayError> {
    check_recorded(
        history,
        &ProgramFactory::of::<W>(Codecs::default()),
        comparison,
    )
}

/// Changes how every workflow task is signed.
fn sign(history: &mut History, change: impl Fn(&mut SdkMetadata)) {
    for event in &mut history.events {
        if let EventAttributes::WorkflowTaskCompleted(completed) = &mut event.attributes {
            change(&mut completed.sdk_metadata);
        }
    }
}

#[test]
fn every_prefix_of_a_recorded_history_fits_its_code() -> Outcome {
    block_on(async {
        let mut history = recorded().await?;
        assert!(history.is_closed());
        assert_eq!(
            check::<Sleeper>(&history, Comparison::Values)?.workflow_tasks,
            4
        );
        while history.events.pop().is_some() {
            let whole = history.events.last().is_some_and(|event| {
                // In between, the answer to a workflow task has been cut off.
                !event.event_type().is_command_event()
                    && !matches!(event.attributes, EventAttributes::WorkflowTaskCompleted(_))
            });
            if whole {
                check::<Sleeper>(&history, Comparison::Values)?;
            }
        }
        Ok(())
    })
}

#[test]
fn another_duration_is_another_answer_unless_only_kinds_are_compared() -> Outcome {
    block_on(async {
        let history = recorded().await?;
        let error = check::<Late>(&history, Comparison::Values).unwrap_err();
        let ReplayMismatch::OtherAnswer { event_id, .. } = &error.mismatch else {
            panic!("{error}");
        };
        assert_eq!(event_id.get(), 4);
        let report = error.to_string();
        for line in [
            "- recorded:  event 5 TimerStarted start_to_fire_timeout=1day\n",
            "+ attempted: command 1 StartTimer start_to_fire_timeout=1day 1h\n",
        ] {
            assert!(report.contains(line), "{report}");
        }
        check::<Late>(&history, Comparison::Kinds)?;
        Ok(())
    })
}

#[test]
fn another_command_is_found_whatever_is_compared() -> Outcome {
    block_on(async {
        let history = recorded().await?;
        for comparison in [Comparison::Values, Comparison::Kinds] {
            let error = check::<Tired>(&history, comparison).unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("+ attempted: command 1 StartTimer timer_id=4"),
                "{error}"
            );
        }
        Ok(())
    })
}

#[test]
fn a_history_of_an_earlier_release_fits() -> Outcome {
    block_on(async {
        let mut history = recorded().await?;
        sign(&mut history, |metadata| {
            if !metadata.sdk_version.is_empty() {
                metadata.sdk_version = "0.0.1".into();
            }
        });
        check::<Sleeper>(&history, Comparison::Values)?;
        // By the same rules, values are compared.
        check::<Late>(&history, Comparison::Values).unwrap_err();
        Ok(())
    })
}

#[test]
fn values_of_a_history_by_other_rules_are_not_compared() -> Outcome {
    block_on(async {
        let mut of_fewer_flags = recorded().await?;
        sign(&mut of_fewer_flags, |metadata| {
            metadata.core_used_flags.clear();
        });
        check::<Late>(&of_fewer_flags, Comparison::Values)?;

        let mut of_another_sdk = recorded().await?;
        sign(&mut of_another_sdk, |metadata| metadata.sdk_name.clear());
        check::<Late>(&of_another_sdk, Comparison::Values)?;
        check::<Tired>(&of_another_sdk, Comparison::Values).unwrap_err();
        Ok(())
    })
}

/// Says much.
#[derive(Workflow, Default)]
struct Wordy;

#[handlers]
impl Wordy {
    #[run]
    async fn run(_: WorkflowContext<Self>) -> String {
        format!("{}a", "x".repeat(10_000))
    }
}

/// Says as much, and something else at the end.
#[derive(Workflow, Default)]
struct Wordier;

#[handlers]
impl Wordier {
    #[run]
    async fn run(_: WorkflowContext<Self>) -> String {
        format!("{}b", "x".repeat(10_000))
    }
}

#[test]
fn of_long_values_the_report_shows_where_they_differ() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let wordy = env.workflow::<Wordy>("w").start(()).await?;
        wordy.result().await?;
        let error = check::<Wordier>(&wordy.history().await?, Comparison::Values).unwrap_err();
        let ReplayMismatch::OtherAnswer {
            recorded,
            attempted,
            ..
        } = error.mismatch
        else {
            panic!("{error}");
        };
        assert!(
            recorded.len() < 300 && recorded.ends_with("xxxa\""),
            "{recorded}"
        );
        assert!(
            attempted.len() < 300 && attempted.ends_with("xxxb\""),
            "{attempted}"
        );
        Ok(())
    })
}
