//! What workflow code says about its run: search attributes and memo.

use crate::{
    model::{MemoUpdate, SearchAttributeUpdate},
    workflow::WorkflowContext,
};

impl<W> WorkflowContext<W> {
    /// Changes search attributes of the run, by which lists find it.
    ///
    /// [`info`](Self::info) shows the change at once; lists do once the workflow task has completed.
    /// An attribute that the engine does not know, one of another type, and more than 100 attributes,
    /// 2 KiB a value or 40 KiB in all fail the workflow task.
    ///
    /// # Determinism
    /// One call is one recorded event. What it says is not compared in a replay, that it is there is.
    ///
    /// # Examples
    /// ```
    /// use sempre::{SearchAttribute, WorkflowContext};
    ///
    /// const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
    /// const AMOUNT: SearchAttribute<i64> = SearchAttribute::int("Amount");
    ///
    /// async fn take_order<W>(ctx: WorkflowContext<W>, customer: String) {
    ///     ctx.upsert_search_attributes([CUSTOMER.set(customer), AMOUNT.unset()]);
    ///     assert!(ctx.info().search_attributes.get(CUSTOMER).is_some());
    /// }
    /// ```
    pub fn upsert_search_attributes(
        &self,
        changes: impl IntoIterator<Item = SearchAttributeUpdate>,
    ) {
        self.host()
            .upsert_search_attributes(changes.into_iter().collect());
    }

    /// Changes the memo of the run, which `describe` shows.
    ///
    /// A memo of more than 2 MiB, and a value that cannot be written, fail the workflow task.
    ///
    /// # Determinism
    /// One call is one recorded event. What it says is not compared in a replay, that it is there is.
    ///
    /// # Examples
    /// ```
    /// use sempre::{WorkflowContext, model::MemoUpdate};
    ///
    /// async fn hand_over<W>(ctx: WorkflowContext<W>, clerk: String) {
    ///     ctx.upsert_memo([MemoUpdate::set("clerk", clerk), MemoUpdate::unset("desk")]);
    /// }
    /// ```
    pub fn upsert_memo(&self, changes: impl IntoIterator<Item = MemoUpdate>) {
        self.host().upsert_memo(changes);
    }
}
