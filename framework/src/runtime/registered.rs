//! The code that an engine can run, for tools that show it to people.

use crate::{
    dispatch::TaskQueues,
    model::{
        ActivityType, SearchAttributeSchema, SearchAttributeType, TaskQueue, WorkflowType,
        WorkflowVersion,
        system::{is_system_queue, is_system_type},
    },
    runtime::Engine,
    workflow::{MessageNames, WorkflowRegistry},
};

/// What an engine was given to run; the parts that are its own, such as schedules, are left out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct RegisteredCode {
    /// The workflows, in the order of their types, and those of one type in the order of versions.
    pub workflows: Vec<RegisteredWorkflow>,
    /// The activities, in the order of their queues and types.
    pub activities: Vec<RegisteredActivity>,
    /// The search attributes that runs may have, those that Temporal defines among them.
    pub search_attributes: Vec<(&'static str, SearchAttributeType)>,
}

/// A version of a workflow that an engine can run.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RegisteredWorkflow {
    /// Its type.
    pub workflow_type: WorkflowType,
    /// Its version; the first one where its code states none.
    pub version: WorkflowVersion,
    /// The messages that it takes.
    pub messages: MessageNames,
}

/// An activity that an engine can run.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RegisteredActivity {
    /// Its type.
    pub activity_type: ActivityType,
    /// The queue that it is registered on.
    pub task_queue: TaskQueue,
}

impl Engine {
    /// The code that was registered, with the names of the messages that workflows take, and the search
    /// attributes that are known.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let code = engine.registered();
    /// assert_eq!(code.workflows[0].workflow_type.as_str(), "Order");
    /// assert_eq!(code.workflows[0].messages.signals, ["approve"]);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn registered(&self) -> RegisteredCode {
        RegisteredCode::new(
            &self.inner.programs,
            &self.inner.queues,
            &self.rules().schema,
        )
    }
}

impl RegisteredCode {
    fn new(
        programs: &WorkflowRegistry,
        queues: &TaskQueues,
        schema: &SearchAttributeSchema,
    ) -> Self {
        let workflows = programs.codes();
        let workflows = workflows.filter(|(it, _, _)| !is_system_type(it));
        let workflows = workflows.map(|(workflow_type, version, code)| RegisteredWorkflow {
            workflow_type: workflow_type.clone(),
            version,
            messages: (code.messages)(),
        });
        let activities = queues.types().filter(|(queue, _)| !is_system_queue(queue));
        let activities = activities.map(|(task_queue, activity_type)| RegisteredActivity {
            activity_type: activity_type.clone(),
            task_queue: task_queue.clone(),
        });
        Self {
            workflows: workflows.collect(),
            activities: activities.collect(),
            search_attributes: schema.iter().collect(),
        }
    }
}
