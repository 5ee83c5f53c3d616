//! A workflow type as its operators hold it.

use std::sync::Arc;

use crate::{
    model::{Identity, WorkflowType, system::is_system_type},
    operator::{AuditEntry, OperatorDesk, OperatorError, PausedBy, Setting},
};

/// All runs of a workflow type.
///
/// A cheap clone. Made by [`Engine::workflow_type`](crate::Engine::workflow_type). What is set stays
/// set when the engine is started again.
///
/// # Examples
/// ```
/// # use sempre::guide::example::{Order, OrderHandle as _};
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// let orders = engine.workflow_type("Order");
/// orders.pause("prices are wrong").await?;
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// order.approve().await?;
/// assert!(order.describe().await?.status.is_open());
///
/// orders.unpause("prices are right").await?;
/// assert_eq!(order.result().await?, "approved");
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WorkflowTypeHandle {
    desk: Arc<OperatorDesk>,
    workflow_type: WorkflowType,
    who: Identity,
}

impl WorkflowTypeHandle {
    pub(crate) fn new(desk: Arc<OperatorDesk>, workflow_type: WorkflowType) -> Self {
        let who = desk.identity().clone();
        Self {
            desk,
            workflow_type,
            who,
        }
    }

    /// The same type in the name of somebody, who stands in the trail of what is done to it. Default:
    /// this process.
    #[must_use]
    pub fn identity(mut self, who: impl Into<Identity>) -> Self {
        self.who = who.into();
        self
    }

    /// The type.
    pub fn workflow_type(&self) -> &WorkflowType {
        &self.workflow_type
    }

    /// Who has paused it, if somebody has.
    pub fn paused(&self) -> Option<PausedBy> {
        let paused = self.desk.settings().paused_types;
        paused.get(&self.workflow_type).cloned()
    }

    /// Gives no run of the type a workflow task until it is [unpaused](Self::unpause).
    ///
    /// Runs are started all the same, and wait. What happens to them is recorded: signals, results of
    /// activities and children, timers that fire. Activities that were asked for before are carried
    /// out, a workflow task that waits for its local activities goes on to its end, updates are
    /// refused, and queries are answered. Clocks go on. One that is paused already stays so, for the reason that was
    /// given first.
    ///
    /// # Durability
    /// Once it returns, the type is paused, also in the next process.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing back that was begun: the type may be paused all the same.
    ///
    /// # Errors
    /// [`OperatorError`] if it is the engine's own type, the reason is too long, or the engine does not
    /// answer.
    pub async fn pause(&self, reason: impl Into<String>) -> Result<(), OperatorError> {
        let setting = Setting::PauseWorkflowType(self.workflow_type.clone());
        self.set(setting, reason).await
    }

    /// Lets the runs of the type go on. One that is not paused stays as it is.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn unpause(&self, reason: impl Into<String>) -> Result<(), OperatorError> {
        let setting = Setting::UnpauseWorkflowType(self.workflow_type.clone());
        self.set(setting, reason).await
    }

    async fn set(&self, setting: Setting, reason: impl Into<String>) -> Result<(), OperatorError> {
        if is_system_type(&self.workflow_type) {
            let name = self.workflow_type.as_str().to_owned();
            return Err(OperatorError::OfEngine { name });
        }
        let entry = AuditEntry::from(setting).who(self.who.clone());
        self.desk.take(entry.reason(reason)).await
    }
}

/// The types that are paused, and by whom.
pub(crate) fn paused_types(desk: &OperatorDesk) -> Vec<(WorkflowType, PausedBy)> {
    desk.settings().paused_types.into_iter().collect()
}
