//! What an engine says of all runs that its store holds: which patches they need, and what they take.

use crate::{
    client::{ListRunsError, PatchUse, StoreReport, find_patches, report_store},
    runtime::Engine,
};

impl Engine {
    /// Says of each patch that runs of this store have how many open runs may still need the old way,
    /// by workflow, so that it is known when that may go.
    ///
    /// Reads what the index says of open runs, and of closed ones that have a patch; that of all runs where
    /// nobody has looked before. A patch that no run has taken yet is not known here.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// for patch in engine.patches().await? {
    ///     if patch.old_way == 0 {
    ///         println!("{}: use deprecate_patch({})", patch.workflow_type, patch.patch_id);
    ///     }
    /// }
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ListRunsError`] if the engine does not answer.
    pub async fn patches(&self) -> Result<Vec<PatchUse>, ListRunsError> {
        find_patches(self.kept_runs().0).await
    }

    /// Says what the store holds: its files, and its closed runs by age and by type, with what retention
    /// is about to free.
    ///
    /// Reads the index of all runs, a million in some seconds, and holds no workflow up.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.workflow::<Order>("order-42").start(()).await?.terminate("a test order").await?;
    /// let report = engine.store_report().await?;
    /// assert_eq!((report.closed.runs, report.kept_for_ever.runs), (1, 1));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ListRunsError`] if the engine does not answer.
    pub async fn store_report(&self) -> Result<StoreReport, ListRunsError> {
        let (directory, namespaces, clock) = self.kept_runs();
        report_store(directory, namespaces.clone(), clock.read().wall).await
    }
}
