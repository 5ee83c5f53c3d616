//! Runs that call each other without end, or deeper than anybody needs: bounded by limits, and by no
//! stack.

use std::sync::Arc;

use sempre::{
    Canceled, Engine, Failure, Workflow, WorkflowContext, handlers, model::limits,
    storage::MemoryStore, workflow::ChildError,
};
use sempre_tests::{Outcome, block_on};

/// How deep children are nested.
const DEPTH: u32 = 10_000;

/// Has a child that has a child, and so on; says how many there are below it.
#[derive(Workflow, Default)]
struct Descent;

/// A child could not be counted.
#[derive(Debug, derive_more::Display, derive_more::Error, Failure)]
#[display("not counted: {reason}")]
struct NotCounted {
    reason: String,
}

#[handlers]
impl Descent {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, left: u32) -> Result<u32, NotCounted> {
        if left == 0 {
            return Ok(0);
        }
        let below = ctx.child::<Self>(..).run(left - 1).await;
        let below = below.map_err(|error: ChildError<_>| NotCounted {
            reason: error.to_string(),
        })?;
        Ok(below + 1)
    }
}

#[test]
fn children_of_children_are_nested_as_deep_as_memory_goes() -> Outcome {
    block_on(async {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Descent>()
            .start()
            .await?;
        let descent = engine.workflow::<Descent>("descent").start(DEPTH).await?;
        assert_eq!(descent.result().await?, DEPTH);
        engine.shutdown().await;
        Ok(())
    })
}

/// Answers each signal with one.
#[derive(Workflow, Default)]
struct Echoing {
    heard: u32,
}

#[handlers]
impl Echoing {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, other: String) -> Result<u32, Canceled> {
        let mut answered = 0;
        loop {
            ctx.wait_until(move |it| it.heard > answered).await?;
            answered += 1;
            if ctx.external::<Self>(other.as_str()).hear().await.is_err() {
                return Ok(answered);
            }
        }
    }

    #[signal]
    fn hear(&mut self) {
        self.heard += 1;
    }
}

#[test]
fn two_runs_that_signal_each_other_without_end_come_to_their_limits() -> Outcome {
    block_on(async {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Echoing>()
            .start()
            .await?;
        let start =
            |id: &'static str, other: &str| engine.workflow::<Echoing>(id).start(other.to_owned());
        let (one, other) = (start("one", "other").await?, start("other", "one").await?);
        one.hear().await?;
        // One of them has too long a history, and the other nobody to answer then.
        let ends = [one.result().await, other.result().await];
        let reasons: Vec<String> = ends
            .iter()
            .filter_map(|end| end.as_ref().err().map(ToString::to_string))
            .collect();
        assert!(
            reasons
                .iter()
                .any(|it| it.contains("history has too many events")),
            "{reasons:?}"
        );
        for run in [one, other] {
            let events = run.describe().await?.history_length;
            assert!(events <= limits::HISTORY_EVENTS_MAX + 10, "{events}");
        }
        engine.shutdown().await;
        Ok(())
    })
}
