//! Patches: how code that changes tells the runs under way from those that begin.

use crate::workflow::WorkflowContext;

impl<W> WorkflowContext<W> {
    /// Whether the run takes the new way of a change of the code.
    ///
    /// `true` for a run that comes to this call for the first time, and from then on for all of it;
    /// `false` for one that has been past it before the change was deployed. The old way stays in the
    /// code as long as [`Engine::patches`](crate::Engine::patches) shows open runs that may need it;
    /// then [`deprecate_patch`](Self::deprecate_patch) takes the place of this call. The guide has a
    /// page about all of it.
    ///
    /// # Determinism
    /// The first `true` of a run is recorded, by the id. The first answer holds for the whole run,
    /// however often and wherever it is asked: in loops, and in the handlers of messages.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityError, WorkflowContext, activity};
    /// use std::convert::Infallible;
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn ship(order: String) {}
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn ship_insured(order: String) {}
    ///
    /// async fn send<W>(
    ///     ctx: WorkflowContext<W>,
    ///     order: String,
    /// ) -> Result<(), ActivityError<Infallible>> {
    ///     if ctx.patched("insured-shipping") {
    ///         ctx.activity(ship_insured, order).await
    ///     } else {
    ///         ctx.activity(ship, order).await
    ///     }
    /// }
    /// ```
    pub fn patched(&self, patch_id: impl AsRef<str>) -> bool {
        self.host().patched(patch_id.as_ref(), false)
    }

    /// Says that a change of the code has no old way any more.
    ///
    /// For when no open run needs the old way, and runs that took the new one are open still: they have
    /// it recorded. Once those have closed, too, this call may go.
    ///
    /// # Determinism
    /// As [`patched`](Self::patched).
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityError, WorkflowContext, activity};
    /// use std::convert::Infallible;
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn ship_insured(order: String) {}
    ///
    /// async fn send<W>(
    ///     ctx: WorkflowContext<W>,
    ///     order: String,
    /// ) -> Result<(), ActivityError<Infallible>> {
    ///     ctx.deprecate_patch("insured-shipping");
    ///     ctx.activity(ship_insured, order).await
    /// }
    /// ```
    pub fn deprecate_patch(&self, patch_id: impl AsRef<str>) {
        self.host().patched(patch_id.as_ref(), true);
    }
}
