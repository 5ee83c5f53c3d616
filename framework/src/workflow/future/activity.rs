//! An activity that was asked for, as a future of what it returns.

use std::{
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    definition::Activity,
    model::{Failure, Payloads},
    workflow::{
        ActivityError, ActivityProgress, Canceled, host::ProgramHost, operation::ActivityOperation,
    },
};

/// An activity that was asked for; resolves to its result.
///
/// # Determinism
/// The result is recorded, and replay returns it. A result that is not an `Output` fails the
/// workflow task.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, it resolves as its
/// [`CancellationType`](crate::workflow::CancellationType) says. Dropping it before it resolves
/// requests the activity's cancellation; with `Abandon` the activity is left alone. Dropped in the
/// workflow task that asked for it, the request is withdrawn and leaves no trace, except with
/// `Abandon`. Dropped after the last point at which the main routine waits, it is left to the close
/// of the run; what [`cancel`](Self::cancel) asks for is recorded there, too.
#[derive(Debug)]
#[must_use = "dropping it cancels the activity"]
pub struct ActivityHandle<A: Activity> {
    host: Rc<ProgramHost>,
    operation: Rc<ActivityOperation>,
    done: bool,
    #[debug(skip)]
    definition: PhantomData<fn() -> A>,
}

impl<A: Activity> ActivityHandle<A> {
    pub(in crate::workflow) fn new(
        host: Rc<ProgramHost>,
        operation: Rc<ActivityOperation>,
    ) -> Self {
        Self {
            host,
            operation,
            done: false,
            definition: PhantomData,
        }
    }

    /// What the running activity says next of how far it has got, with
    /// [`ActivityContext::report_progress`](crate::ActivityContext::report_progress); `None` once the
    /// activity has ended.
    ///
    /// A report takes the place of one before it that nobody has awaited, so what is returned is never
    /// outdated, and not each is seen. The last one of an attempt that ends is, whatever comes of the
    /// attempt. The next attempt of an activity that is tried again reports from where it begins.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, ActivityError, WorkflowContext, activity};
    /// use std::convert::Infallible;
    ///
    /// #[activity(start_to_close = "1h")]
    /// async fn import_rows(ctx: ActivityContext, rows: u64) -> u64 {
    ///     for row in 1..=rows {
    ///         ctx.report_progress(&row).expect("a number can be written");
    ///     }
    ///     rows
    /// }
    ///
    /// struct Import { rows: u64 }
    ///
    /// async fn run(ctx: WorkflowContext<Import>) -> Result<u64, ActivityError<Infallible>> {
    ///     let import = ctx.activity(import_rows, 10_000).start();
    ///     while let Some(rows) = import.progress::<u64>().await {
    ///         ctx.update(|state| state.rows = rows);
    ///     }
    ///     import.await
    /// }
    /// ```
    pub fn progress<T: DeserializeOwned>(&self) -> ActivityProgress<T> {
        ActivityProgress::new(Rc::clone(&self.host), Rc::clone(&self.operation))
    }

    /// Tells the activity something, which it reads with
    /// [`ActivityContext::control`](crate::ActivityContext::control).
    ///
    /// Every attempt is told all messages since the activity was asked for, in order, also one that
    /// starts later. A message to an activity that has ended is recorded and has no effect; to one of
    /// which nothing more can come here, because it is canceled, say, it is not even that. An activity
    /// that somebody else completes has nobody to be told.
    ///
    /// Bounded by 1,000 messages and 2 MiB for each activity. Past that, and where a message cannot be
    /// written, the workflow task fails.
    ///
    /// # Durability
    /// The message is recorded with the workflow task that sends it, as a marker, and reaches the
    /// running attempt once that is on disk.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, ActivityError, WorkflowContext, activity};
    /// use std::convert::Infallible;
    ///
    /// #[activity(start_to_close = "1h")]
    /// async fn greet(ctx: ActivityContext, name: String) -> String {
    ///     let greeting = ctx.control::<String>().await.unwrap_or_default();
    ///     format!("{greeting}, {name}")
    /// }
    ///
    /// async fn run<W>(ctx: WorkflowContext<W>) -> Result<String, ActivityError<Infallible>> {
    ///     let greeting = ctx.activity(greet, "Ada".into()).start();
    ///     greeting.control("hello");
    ///     greeting.await
    /// }
    /// ```
    pub fn control<T: Serialize + ?Sized>(&self, message: &T) {
        match Payloads::encode(message) {
            Ok(message) => self.host.control_activity(&self.operation, message),
            Err(error) => {
                let message = format!("message to activity {} is malformed: {error}", A::TYPE);
                let failure = Failure::own(message, "MalformedControl");
                self.host.fail_workflow_task(failure);
            }
        }
    }

    /// Cancels the activity, and resolves as its cancellation type says.
    ///
    /// Once it has resolved, this does nothing.
    pub fn cancel(&self) {
        self.host
            .cancel_activity(&self.operation, &Canceled::default());
    }
}

impl<A: Activity> Future for ActivityHandle<A> {
    type Output = Result<A::Output, ActivityError<A::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(outcome) = self.operation.slot.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        let result = match outcome {
            Ok(result) => match result.decode() {
                Ok(output) => Ok(output),
                Err(error) => {
                    let message = format!("result of activity {} is malformed: {error}", A::TYPE);
                    let failure = Failure::own(message, "MalformedResult");
                    self.host.fail_workflow_task(failure);
                    return Poll::Pending;
                }
            },
            Err(failure) => Err(ActivityError::new(failure)),
        };
        self.done = true;
        Poll::Ready(result)
    }
}

impl<A: Activity> FusedFuture for ActivityHandle<A> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<A: Activity> Drop for ActivityHandle<A> {
    fn drop(&mut self) {
        self.host.drop_activity(&self.operation);
    }
}
