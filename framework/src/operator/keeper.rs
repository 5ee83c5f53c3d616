//! The workflow that keeps the book: it takes in what operators do, and hands it on from run to run.

use std::convert::Infallible;

use sempre_macros::{Workflow, activity, handlers};
use serde::{Deserialize, Serialize};

use crate::{
    activity::ActivityContext,
    client::{DeleteWorkflowError, RequestError},
    definition::ApplicationFailure,
    dispatch::TaskQueuesBuilder,
    model::{RunId, TaskQueue, WorkflowExecution},
    operator::{AuditEntry, Settings},
    workflow::WorkflowContext,
};

/// Events after which the book goes on in a new run, so that it is read quickly.
const EVENTS_MAX: u64 = 1_000;

/// Bound: runs that are kept of it, with some 250 signals each, before the oldest is deleted.
const RUNS_MAX: usize = 40;

/// The name of the signal that says what was done.
pub(super) const DONE: &str = "done";

/// The task queue of the book.
const QUEUE: &str = "temporal-sys-operator";

/// What is known of what operators have done, when a run begins.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Book {
    /// What is set.
    pub(super) settings: Settings,
    /// The runs before, the oldest first.
    pub(super) kept: Vec<RunId>,
}

/// The workflow that keeps the book.
#[derive(Workflow)]
#[workflow(name = "temporal-sys-operator-workflow")]
pub(crate) struct Keeper {
    book: Book,
    is_stirred: bool,
}

/// Adds the activities of the book, on a task queue of its own.
pub(crate) fn add_activities(queues: &mut TaskQueuesBuilder) {
    // Invariant: it is the only one, so it replaces none.
    let _none = queues.register(queue(), forget);
}

/// The queue that the book is on.
pub(super) fn queue() -> TaskQueue {
    TaskQueue::new(QUEUE)
}

#[handlers]
impl Keeper {
    #[init]
    fn init(book: &Book) -> Self {
        Self {
            book: book.clone(),
            is_stirred: false,
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, _: Book) -> Result<(), Infallible> {
        // It is not asked to stop.
        let ctx = ctx.detached();
        forget_oldest(&ctx).await;
        loop {
            if ctx.history_length() > EVENTS_MAX {
                let mut book = ctx.state(|it| it.book.clone());
                book.kept.push(ctx.info().execution.run_id);
                match ctx.continue_as_new(book).await {}
            }
            let _stirred = ctx.wait_until(|it| it.is_stirred).await;
            ctx.update(|it| it.is_stirred = false);
        }
    }

    /// What operators have done, in order.
    #[signal]
    pub(crate) fn done(&mut self, entries: Vec<AuditEntry>) {
        for entry in &entries {
            self.book.settings.apply(entry);
        }
        self.is_stirred = true;
    }
}

/// Deletes a run of the book; one that is not there any more is fine.
#[activity(
    name = "temporal-sys-operator-forget",
    start_to_close = "60s",
    retry(max_attempts = 3)
)]
async fn forget(
    ctx: ActivityContext,
    execution: WorkflowExecution,
) -> Result<(), ApplicationFailure> {
    let book = ctx.engine().workflow::<Keeper>(execution.workflow_id);
    match book.at_run(execution.run_id).delete().await {
        Ok(()) | Err(DeleteWorkflowError::Request(RequestError::NotFound { .. })) => Ok(()),
        Err(error) => Err(ApplicationFailure::new(error.to_string(), "NotDeleted")),
    }
}

/// Deletes the run that began first, if too many are kept.
async fn forget_oldest(ctx: &WorkflowContext<Keeper>) {
    let oldest = ctx.update(|it| {
        let is_full = it.book.kept.len() >= RUNS_MAX;
        is_full.then(|| it.book.kept.remove(0))
    });
    if let Some(run_id) = oldest {
        let workflow_id = ctx.info().execution.workflow_id;
        let oldest = WorkflowExecution {
            workflow_id,
            run_id,
        };
        // One that is still there takes space, and nothing else.
        let _forgotten = ctx.activity(forget, oldest).await;
    }
}
