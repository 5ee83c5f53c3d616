//! How workflow code ends what it began, and learns that it should: scopes of cancellation.

use std::rc::Rc;

use crate::workflow::{CancelRequested, Canceled, WorkflowContext, scope::Scope};

impl<W> WorkflowContext<W> {
    /// The same context in a new scope of cancellation, below this one.
    ///
    /// What is begun with a context belongs to its scope: activities, pauses, waits, messages to
    /// other workflows. [`cancel`](Self::cancel) ends all of it, with all that belongs to scopes
    /// below. Dropping the context has no effect, and neither has asking for a scope that is not
    /// used.
    ///
    /// # Determinism
    /// Nothing is recorded but what is canceled.
    ///
    /// # Examples
    /// ```
    /// use sempre::{WorkflowContext, activity, workflow::combinator::join};
    /// use std::time::Duration;
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn quote(supplier: String) -> u64 { supplier.len() as u64 }
    ///
    /// /// The price of whoever is first, and nothing of the other.
    /// async fn first_price<W>(ctx: WorkflowContext<W>) -> Option<u64> {
    ///     let rivals = ctx.scope();
    ///     let ask = async |supplier: &str| {
    ///         let price = rivals.activity(quote, supplier.into()).await.ok()?;
    ///         rivals.cancel("another supplier was first");
    ///         Some(price)
    ///     };
    ///     let (ada, grace) = join!(ask("ada"), ask("grace"));
    ///     ada.or(grace)
    /// }
    /// ```
    #[must_use = "it is this context's scope that nothing changes about"]
    pub fn scope(&self) -> Self {
        self.in_scope(self.own_scope().below())
    }

    /// The same context in a new scope of its own, which is not canceled with this one: for
    /// cleaning up.
    ///
    /// Neither a request that the run stops reaches it, nor what is canceled around it; its own
    /// [`cancel`](Self::cancel) does.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, WorkflowContext, activity};
    /// use std::time::Duration;
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn release() {}
    ///
    /// async fn hold<W>(ctx: WorkflowContext<W>) -> Result<(), Canceled> {
    ///     let held = ctx.sleep(Duration::from_secs(600)).await;
    ///     // Also after a cancellation.
    ///     let _released = ctx.detached().activity(release, ()).await;
    ///     held
    /// }
    /// ```
    #[must_use = "it is this context's scope that nothing changes about"]
    pub fn detached(&self) -> Self {
        self.in_scope(Scope::new())
    }

    /// Cancels what is pending in this context's scope and in all below it, and what begins there
    /// from now on.
    ///
    /// All of it resolves as canceled, with this reason, in the order in which it was begun; an
    /// activity does so as its [`CancellationType`](crate::CancellationType) says. What has been
    /// asked for in this workflow task and has not left leaves no trace. A scope that is canceled
    /// already stays as it is, with the reason that it has.
    ///
    /// On the context that the run was given this is as if the run were asked to stop: if its code
    /// ends with the cancellation, the run closes as canceled.
    ///
    /// # Determinism
    /// Nothing is recorded but what is canceled.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, WorkflowContext};
    /// use std::time::Duration;
    ///
    /// #[derive(Default)]
    /// struct Order { rush: bool }
    ///
    /// async fn hold_back(ctx: WorkflowContext<Order>) -> Result<(), Canceled> {
    ///     let scope = ctx.scope();
    ///     let hold = scope.sleep(Duration::from_secs(3_600));
    ///     if ctx.state(|order| order.rush) {
    ///         scope.cancel("rush order");
    ///         assert!(!ctx.is_canceled());
    ///     }
    ///     match hold.await {
    ///         Err(canceled) if canceled.reason() == Some("rush order") => Ok(()),
    ///         held => held,
    ///     }
    /// }
    /// ```
    pub fn cancel(&self, reason: impl AsRef<str>) {
        let canceled = Canceled::new(reason);
        self.host().cancel_scope(self.own_scope(), &canceled);
    }

    /// Resolves when the run is asked to stop, or this context's scope is canceled, with the reason.
    ///
    /// # Cancellation
    /// In a [`detached`](Self::detached) scope the run's cancellation does not count. Dropping it
    /// has no effect.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// use sempre::workflow::combinator::select;
    ///
    /// async fn work_until_canceled<W>(ctx: WorkflowContext<W>) -> String {
    ///     select! {
    ///         canceled = ctx.canceled() => canceled.reason().unwrap_or("canceled").to_owned(),
    ///         _ = ctx.sleep(std::time::Duration::from_secs(60)) => "done".to_owned(),
    ///     }
    /// }
    /// ```
    pub fn canceled(&self) -> CancelRequested {
        CancelRequested::new(Rc::clone(self.host()), self.own_scope())
    }

    /// Whether the run was asked to stop, or this context's scope is canceled.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn goes_on<W>(ctx: WorkflowContext<W>) -> bool {
    ///     assert!(!ctx.detached().is_canceled());
    ///     !ctx.is_canceled()
    /// }
    /// ```
    pub fn is_canceled(&self) -> bool {
        self.own_scope().canceled().is_some()
    }
}
