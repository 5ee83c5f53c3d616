//! Continuing as new: the run closes, and another takes its place.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::{
    definition::WorkflowSignature,
    model::{
        ContinueAsNew as Asked, ContinueAsNewVersioningBehavior, Failure, MemoUpdate, PayloadError,
        Payloads, SearchAttributeUpdate, TaskQueue, WorkflowType,
    },
    workflow::host::ProgramHost,
};

/// A run that is to take the place of this one; await it to have that done.
///
/// It never returns: once it is awaited, nothing of the workflow runs any more. The new run has the
/// same id, a history of its own, and no part in what this one still waits for: its timers and
/// activities end with it. What is not said here stays as it was: queue, timeouts, retry policy,
/// memo, search attributes, and the version of the code.
///
/// A signal or a cancellation that came meanwhile is not lost: the workflow task fails, and the code
/// runs once more and sees it. A run that continues before it is a second old is followed by one
/// that waits for the rest of that second.
///
/// # Determinism
/// It is recorded as the end of the run.
///
/// # Cancellation
/// Dropped before it is awaited, it does nothing. It is not canceled with its scope.
///
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers};
/// use std::time::Duration;
///
/// #[derive(Workflow, Default)]
/// struct Poller;
///
/// #[handlers]
/// impl Poller {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>, polls: u64) -> Result<u64, Canceled> {
///         let mut polls = polls;
///         while !ctx.suggest_continue_as_new() {
///             ctx.sleep(Duration::from_secs(60)).await?;
///             polls += 1;
///         }
///         match ctx.continue_as_new(polls).run_timeout(Duration::from_secs(86_400)).await {}
///     }
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is continued unless this is awaited"]
pub struct ContinueAsNew {
    #[debug(skip)]
    host: Rc<ProgramHost>,
    asked: Result<Asked, PayloadError>,
}

impl ContinueAsNew {
    pub(in crate::workflow) fn new<W: WorkflowSignature>(
        host: Rc<ProgramHost>,
        workflow_type: Option<WorkflowType>,
        input: &W::Input,
    ) -> Self {
        let input = Payloads::encode_readable(input);
        let asked = input.map(|input| Asked {
            workflow_type,
            input,
            ..Asked::default()
        });
        Self { host, asked }
    }

    /// The same on this task queue.
    pub fn task_queue(self, task_queue: impl Into<TaskQueue>) -> Self {
        self.change(|asked| asked.task_queue = Some(task_queue.into()))
    }

    /// The same with this limit from the start of the new run's code to its end.
    pub fn run_timeout(self, timeout: Duration) -> Self {
        self.change(|asked| asked.run_timeout = Some(timeout))
    }

    /// The same with this limit of each workflow task.
    pub fn task_timeout(self, timeout: Duration) -> Self {
        self.change(|asked| asked.task_timeout = Some(timeout))
    }

    /// The same of a run that carries this memo, in the place of what this one carries.
    pub fn memo(mut self, memo: impl IntoIterator<Item = MemoUpdate>) -> Self {
        let memo = memo.into_iter().map(MemoUpdate::into_parts);
        match memo.collect::<Result<_, _>>() {
            Ok(memo) => self.change(|asked| asked.memo = Some(memo)),
            Err(error) => {
                self.asked = self.asked.and(Err(error));
                self
            }
        }
    }

    /// The same of a run that can be found by these attributes, in the place of those of this one.
    pub fn search_attributes(
        self,
        attributes: impl IntoIterator<Item = SearchAttributeUpdate>,
    ) -> Self {
        let attributes = attributes.into_iter().collect();
        self.change(|asked| asked.search_attributes = Some(attributes))
    }

    /// The same of a run that begins with the newest version of its code. Default: the version of this
    /// run, if the code states one, and else the newest.
    ///
    /// A run of another workflow always begins with the newest.
    pub fn newest_version(self) -> Self {
        let newest = ContinueAsNewVersioningBehavior::AutoUpgrade;
        self.change(|asked| asked.initial_versioning_behavior = newest)
    }

    fn change(mut self, change: impl FnOnce(&mut Asked)) -> Self {
        if let Ok(asked) = &mut self.asked {
            change(asked);
        }
        self
    }
}

impl Future for ContinueAsNew {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Infallible> {
        match &self.asked {
            Ok(asked) => self.host.continue_as_new(asked.clone()),
            Err(error) => {
                let message = format!("input or memo of the next run cannot be written: {error}");
                let failure = Failure::own(message, "UnwritableInput");
                self.host.fail_workflow_task(failure);
            }
        }
        // The driver drops the code and polls it no more.
        Poll::Pending
    }
}

impl FusedFuture for ContinueAsNew {
    fn is_terminated(&self) -> bool {
        false
    }
}
