//! Panics of workflow and activity code: caught with their places, told by the log, and printed by
//! nobody. The user's panic hook sees all others.

use std::{
    panic,
    sync::{Mutex, PoisonError},
};

use sempre::{
    ActivityError, Engine, Workflow, WorkflowContext, activity, handlers, storage::MemoryStore,
};
use sempre_tests::{Log, Outcome, block_on};

/// What the user's hook was told.
static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[activity(start_to_close = "10s")]
async fn explode(calm: bool) {
    assert!(calm, "an activity's panic");
}

/// Panics in each attempt of its first workflow task, or runs an activity that does.
#[derive(Workflow, Default)]
struct Nervous {
    calm: bool,
}

#[handlers]
impl Nervous {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        itself: bool,
    ) -> Result<(), ActivityError<std::convert::Infallible>> {
        assert!(!itself, "a workflow's panic");
        ctx.activity(explode, false).await
    }

    #[query]
    fn ask(&self) -> u32 {
        assert!(self.calm, "a query's panic");
        0
    }
}

#[test]
fn panics_of_user_code_have_a_place_and_do_not_reach_the_hook() -> Outcome {
    panic::set_hook(Box::new(|info| {
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(info.to_string());
    }));
    let log = Log::open();
    block_on(async {
        let store = std::sync::Arc::new(MemoryStore::new());
        let engine = Engine::on_store(store)
            .workflow::<Nervous>()
            .activities(explode)
            .start()
            .await?;
        let itself = engine.workflow::<Nervous>("itself").start(true).await?;
        let described = itself.describe().await?;
        let problem = described.problems.first().ok_or("its task fails")?;
        let place = "panic/main.rs:";
        assert!(problem.cause.contains("a workflow's panic"), "{problem}");
        assert!(problem.cause.contains(place), "{problem}");
        let run_id = itself.run_id().ok_or("a handle of a run")?;
        let lines = log.of_run(run_id);
        let says = |text: &str| {
            lines
                .iter()
                .any(|line| line.field("problem").contains(text))
        };
        assert!(says("a workflow's panic at ") && says(place), "{lines:?}");

        let other = engine.workflow::<Nervous>("other").start(false).await?;
        let run_id = other.run_id().ok_or("a handle of a run")?;
        // Bound: the patience of the whole test.
        while other.describe().await?.problems.is_empty() {
            tokio::task::yield_now().await;
        }
        let attempts = log.of_run(run_id);
        let attempt = attempts.first().ok_or("the attempt that failed")?;
        assert!(
            attempt.field("failure").contains("an activity's panic at "),
            "{attempt}"
        );
        assert!(attempt.field("failure").contains(place), "{attempt}");
        let refused = other.ask().await.expect_err("the query panics");
        assert!(refused.to_string().contains(place), "{refused}");
        engine.shutdown().await;
        Outcome::Ok(())
    })?;
    let thread = std::thread::spawn(|| panic!("somebody else's panic")).join();
    assert!(thread.is_err());
    let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let [other] = told.as_slice() else {
        return Err(format!("the hook was told {told:?}").into());
    };
    assert!(other.contains("somebody else's panic"), "{other}");
    Ok(())
}
