//! Histories are told again to the code that wrote them, and to code that did not.

use std::sync::atomic::{AtomicU32, Ordering};

use sempre::{
    Canceled, Workflow, WorkflowContext, handlers,
    testing::{
        TestEnvironment,
        replay::{ReplayMismatch, check},
    },
};
use sempre_tests::{Outcome, block_on};

use crate::fixture::{DAY, Fulfilment, Sleeper};

/// Sleeps for as long as a count says that lies outside of its history.
#[derive(Workflow, Default)]
pub(crate) struct Fickle;

static RUNS: AtomicU32 = AtomicU32::new(0);

#[handlers]
impl Fickle {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u32, Canceled> {
        ctx.sleep(DAY).await?;
        Ok(RUNS.fetch_add(1, Ordering::SeqCst))
    }
}

#[test]
fn code_that_answers_by_chance_is_found_out_task_by_task() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let fickle = env.workflow::<Fickle>("fickle").start(()).await?;
        fickle.result().await?;
        let history = fickle.history().await?;
        let error = check::<Fickle>(&history).unwrap_err();
        assert!(
            matches!(error.mismatch, ReplayMismatch::OtherAnswer { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("\n>    9 "), "{error}");
        Ok(())
    })
}

#[test]
fn a_history_of_another_workflow_is_refused() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let sleeper = env.workflow::<Sleeper>("sleeper").start(vec![1]).await?;
        sleeper.result().await?;
        let error = check::<Fulfilment>(&sleeper.history().await?).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("workflow type Sleeper, and not by Fulfilment")
        );
        Ok(())
    })
}

#[test]
fn a_history_that_was_cut_is_refused() -> Outcome {
    block_on(async {
        let env = TestEnvironment::new();
        let sleeper = env.workflow::<Sleeper>("sleeper").start(vec![1]).await?;
        sleeper.result().await?;
        let mut history = sleeper.history().await?;
        history.events.remove(2);
        let error = check::<Sleeper>(&history).unwrap_err();
        assert!(matches!(error.mismatch, ReplayMismatch::Malformed { .. }));
        Ok(())
    })
}
