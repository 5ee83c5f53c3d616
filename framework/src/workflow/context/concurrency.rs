//! What runs beside other code of a workflow, and how long it may.

use std::{future::IntoFuture, rc::Rc, time::Duration};

use crate::workflow::{BranchHandle, Timeout, WorkflowContext};

impl<W> WorkflowContext<W> {
    /// Begins a branch of the workflow's code, which runs beside the code that begins it.
    ///
    /// It is polled for the first time when the code that runs now waits. For a number of things whose
    /// results are wanted together, [`join!`](crate::join) and
    /// [`map_concurrent`](crate::workflow::combinator::map_concurrent) do; a branch is for what has an
    /// end of its own, such as a reminder beside an order.
    ///
    /// # Determinism
    /// Nothing is recorded. Branches are polled in the order in which they were begun, behind the
    /// handlers and before the main routine.
    ///
    /// # Cancellation
    /// As [`BranchHandle`] says: dropping that drops the branch.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, WorkflowContext};
    /// use std::time::Duration;
    ///
    /// async fn order<W: 'static>(ctx: WorkflowContext<W>) -> Result<u32, Canceled> {
    ///     let reminders = ctx.clone();
    ///     let reminded = ctx.spawn(async move {
    ///         let mut reminded = 0;
    ///         while reminded < 3 && reminders.sleep(Duration::from_secs(86_400)).await.is_ok() {
    ///             reminded += 1;
    ///         }
    ///         reminded
    ///     });
    ///     ctx.sleep(Duration::from_secs(3_600)).await?;
    ///     Ok(reminded.await)
    /// }
    /// ```
    pub fn spawn<F>(&self, branch: F) -> BranchHandle<F::Output>
    where
        F: IntoFuture<IntoFuture: 'static, Output: 'static>,
    {
        let future = Box::pin(branch.into_future());
        BranchHandle::spawn(Rc::clone(self.host()), future)
    }

    /// Waits for something for so long at most.
    ///
    /// The time counts from the first poll, and a durable timer keeps it.
    ///
    /// # Determinism
    /// The timer is recorded, unless the future is ready at once.
    ///
    /// # Cancellation
    /// As [`Timeout`] says: when the time is up, the future is dropped.
    ///
    /// # Examples
    /// ```
    /// use sempre::{WorkflowContext, activity, workflow::TimedOut};
    /// use std::time::Duration;
    ///
    /// #[activity(schedule_to_close = "1d")]
    /// async fn ask(what: String) -> String { what }
    ///
    /// async fn opinion<W>(ctx: WorkflowContext<W>) -> String {
    ///     let asked = ctx.activity(ask, "shall we?".into());
    ///     match ctx.timeout(Duration::from_secs(3_600), asked).await {
    ///         Ok(answer) => answer.unwrap_or_default(),
    ///         Err(TimedOut) => "no opinion".into(),
    ///     }
    /// }
    /// ```
    pub fn timeout<F: IntoFuture>(&self, limit: Duration, future: F) -> Timeout<F::IntoFuture> {
        let scope = self.own_scope().clone();
        Timeout::new(Rc::clone(self.host()), scope, limit, future.into_future())
    }
}
