//! What operators do to many runs at once, and the trail of it.

use std::sync::Arc;

use crate::{
    model::{TaskQueue, WorkflowType, system::is_system_queue},
    operator::{
        AuditTrail, PausedBy, TaskQueueDescription, TaskQueueHandle, WorkflowTypeHandle,
        describe_all, paused_types,
    },
    runtime::Engine,
};

impl Engine {
    /// The task queue of this name, to be looked at, paused and limited.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let queue = engine.task_queue("default").describe();
    /// assert_eq!((queue.attempts, queue.waiting), (0, 0));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn task_queue(&self, task_queue: impl Into<TaskQueue>) -> TaskQueueHandle {
        TaskQueueHandle::new(Arc::clone(&self.inner.desk), task_queue.into())
    }

    /// How the task queues stand that this process has activities on, and those that are paused, by name.
    pub fn task_queues(&self) -> Vec<TaskQueueDescription> {
        let all = describe_all(&self.inner.desk).into_iter();
        all.filter(|it| !is_system_queue(&it.task_queue)).collect()
    }

    /// All runs of a workflow type, to be paused and to go on.
    pub fn workflow_type(&self, workflow_type: impl Into<WorkflowType>) -> WorkflowTypeHandle {
        WorkflowTypeHandle::new(Arc::clone(&self.inner.desk), workflow_type.into())
    }

    /// The workflow types that are paused, by name, and by whom.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.workflow_type("Order").pause("prices are wrong").await?;
    /// let (workflow_type, paused) = &engine.paused_workflow_types()[0];
    /// assert_eq!((workflow_type.as_str(), &*paused.reason), ("Order", "prices are wrong"));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn paused_workflow_types(&self) -> Vec<(WorkflowType, PausedBy)> {
        paused_types(&self.inner.desk)
    }

    /// The trail of what operators have done: to be read, the latest first, and to be added to.
    pub fn audit(&self) -> AuditTrail {
        AuditTrail::new(Arc::clone(&self.inner.desk))
    }
}
