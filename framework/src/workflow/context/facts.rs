//! What workflow code can look up: time, chance, and facts about its own run.

use uuid::Uuid;

use crate::{
    model::{Timestamp, WorkflowInfo},
    workflow::{WorkflowContext, WorkflowRandom, log::LogSubject},
};

impl<W> WorkflowContext<W> {
    /// The workflow's time: when the current workflow task started.
    ///
    /// It does not move while the workflow runs. It is what the machine's wall clock showed, so it
    /// can be earlier than at the task before if that clock was put back.
    ///
    /// # Determinism
    /// It is recorded, so a replay sees the same time.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// use std::time::Duration;
    ///
    /// async fn is_late<W>(ctx: WorkflowContext<W>) -> bool {
    ///     ctx.now().since(ctx.info().started_at) > Duration::from_secs(3_600)
    /// }
    /// ```
    pub fn now(&self) -> Timestamp {
        self.host().facts.get().now
    }

    /// The run's random numbers.
    ///
    /// # Determinism
    /// The sequence follows from the run's id; a replay draws the same numbers in the same order.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn is_sampled<W>(ctx: WorkflowContext<W>) -> bool {
    ///     ctx.random().range(0..100) < 5
    /// }
    /// ```
    pub fn random(&self) -> WorkflowRandom {
        self.host().random.clone()
    }

    /// The random numbers of this name, which nothing but this name draws from.
    ///
    /// For code that is not to be disturbed by others: a draw that is added to or taken out of one
    /// stream, or of [`random`](Self::random), changes the numbers of no other. All that ask for a name
    /// draw from one sequence.
    ///
    /// # Determinism
    /// The sequence follows from the run's id and the name; a replay draws the same numbers in the same
    /// order.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn wins<W>(ctx: WorkflowContext<W>) -> bool {
    ///     ctx.random_stream("lottery").range(0..1_000) == 0
    /// }
    /// ```
    pub fn random_stream(&self, name: impl AsRef<str>) -> WorkflowRandom {
        self.host().random_stream(name.as_ref())
    }

    /// A random UUID, drawn from the run's random numbers.
    ///
    /// # Determinism
    /// As [`random`](Self::random).
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn payment_key<W>(ctx: WorkflowContext<W>) -> String {
    ///     format!("payment-{}", ctx.uuid())
    /// }
    /// ```
    pub fn uuid(&self) -> Uuid {
        self.random().uuid()
    }

    /// What a workflow may know about its own run.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn reference<W>(ctx: WorkflowContext<W>) -> String {
    ///     format!("order {}", ctx.info().execution.workflow_id)
    /// }
    /// ```
    pub fn info(&self) -> WorkflowInfo {
        self.host().info.borrow().clone()
    }

    /// The number of events up to the current workflow task.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn is_young<W>(ctx: WorkflowContext<W>) -> bool {
    ///     ctx.history_length() < 1_000 && ctx.history_size_bytes() < 1_000_000
    /// }
    /// ```
    pub fn history_length(&self) -> u64 {
        self.host().facts.get().history_length
    }

    /// Bytes of the history up to the current workflow task.
    pub fn history_size_bytes(&self) -> u64 {
        self.host().facts.get().history_size_bytes
    }

    /// Whether the history has grown so long that continuing as new is advised.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{Canceled, WorkflowContext};
    /// # use std::time::Duration;
    /// async fn poll<W>(ctx: WorkflowContext<W>) -> Result<(), Canceled> {
    ///     while !ctx.suggest_continue_as_new() {
    ///         ctx.sleep(Duration::from_secs(60)).await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn suggest_continue_as_new(&self) -> bool {
        self.host().facts.get().suggest_continue_as_new
    }

    /// Whether the current step was taken before, in this process or another.
    ///
    /// For what is to be done once, such as metrics; code that acts on it is not deterministic. The
    /// macros of [`log`](crate::workflow::log) ask it themselves.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn note<W>(ctx: WorkflowContext<W>, packed: &std::cell::Cell<u64>) {
    ///     if !ctx.is_replaying() {
    ///         packed.set(packed.get() + 1);
    ///     }
    /// }
    /// ```
    pub fn is_replaying(&self) -> bool {
        self.host().facts.get().replaying
    }

    /// Whose log lines these are; `None` while they have been told before.
    #[doc(hidden)]
    pub fn __log_subject(&self) -> Option<LogSubject> {
        if self.is_replaying() {
            return None;
        }
        let info = self.host().info.borrow();
        Some(LogSubject {
            workflow_id: info.execution.workflow_id.clone(),
            run_id: info.execution.run_id,
            workflow_type: info.workflow_type.clone(),
        })
    }
}
