//! A run as a list shows it, and as filters see it.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use crate::{
    model::{
        ExecutionStatus, RunId, SearchAttribute, SearchAttributeContent, SearchAttributeValue,
        TaskQueue, Timestamp, WorkflowExecution, WorkflowId, WorkflowType, WorkflowVersion,
    },
    storage::RunEntry,
    visibility::{FieldValue, Fields},
};

/// A run as a list shows it.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct ListedRun {
    /// The execution's id.
    pub workflow_id: WorkflowId,
    /// The run's id.
    pub run_id: RunId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// Whether it is open, and how it closed.
    pub status: ExecutionStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it closed.
    pub closed_at: Option<Timestamp>,
    /// The events of its history; 0 while it is open.
    pub history_length: u64,
    /// The bytes of its history, as an estimate; 0 while it is open.
    pub history_size_bytes: u64,
    /// What is wrong with its entry in the index, if that is damaged; what it does not say is
    /// empty then.
    pub damage: Option<String>,
    /// What it can be found by; see [`search_attribute`](Self::search_attribute).
    pub search_attributes: BTreeMap<String, SearchAttributeValue>,
    /// The workflow whose child it is, if it is one.
    pub parent: Option<WorkflowExecution>,
    /// The version of its code that it stays with; `None` if that is the first, or it has not begun.
    pub version: Option<WorkflowVersion>,
}

impl ListedRun {
    /// The value of a search attribute; `None` if there is none, or one of another type.
    pub fn search_attribute<T: SearchAttributeContent>(
        &self,
        attribute: SearchAttribute<T>,
    ) -> Option<T> {
        let value = self.search_attributes.get(attribute.name())?;
        if value.value_type() != attribute.value_type() {
            return None;
        }
        T::from_value(value.clone())
    }
}

impl From<RunEntry> for ListedRun {
    fn from(entry: RunEntry) -> Self {
        let details = entry.details.map(|it| *it).unwrap_or_default();
        Self {
            workflow_id: entry.execution.workflow_id,
            run_id: entry.execution.run_id,
            workflow_type: entry.workflow_type,
            task_queue: entry.task_queue,
            status: entry.status,
            started_at: entry.started_at,
            closed_at: entry.closed_at,
            history_length: entry.extent.events,
            history_size_bytes: entry.extent.bytes,
            damage: entry.damage.map(String::from),
            search_attributes: details.search_attributes,
            parent: details.parent,
            version: details.version,
        }
    }
}

impl Fields for RunEntry {
    fn field(&self, name: &str) -> Option<FieldValue<'_>> {
        let execution = &self.execution;
        let details = self.details.as_deref();
        let root = || details.and_then(|it| it.root.as_ref()).unwrap_or(execution);
        let parent = || details.and_then(|it| it.parent.as_ref());
        Some(match name {
            "RunId" => text(execution.run_id.to_string()),
            "RootRunId" => text(root().run_id.to_string()),
            "ParentRunId" => text(parent()?.run_id.to_string()),
            // What the entry of a damaged run does not say is not known.
            "WorkflowId" => known(execution.workflow_id.as_str())?,
            "RootWorkflowId" => known(root().workflow_id.as_str())?,
            "ParentWorkflowId" => known(parent()?.workflow_id.as_str())?,
            "WorkflowType" => known(self.workflow_type.as_str())?,
            "WorkflowVersion" => FieldValue::Int(
                self.version()
                    .unwrap_or(WorkflowVersion::FIRST)
                    .get()
                    .into(),
            ),
            "TaskQueue" => known(self.task_queue.as_str())?,
            "StartTime" | "ExecutionTime" | "ExecutionDuration"
                if self.started_at == Timestamp::EPOCH =>
            {
                return None;
            }
            "ExecutionStatus" => FieldValue::Int(self.status.number().into()),
            "StartTime" | "ExecutionTime" => nanos(self.started_at),
            "CloseTime" => nanos(self.closed_at?),
            "ExecutionDuration" => duration(self.closed_at?.since(self.started_at)),
            "HistoryLength" => FieldValue::Int(self.extent.events.into()),
            "HistorySizeBytes" => FieldValue::Int(self.extent.bytes.into()),
            "StateTransitionCount" => FieldValue::Int(self.extent.transitions.into()),
            name => attribute(details?.search_attributes.get(name)?),
        })
    }
}

fn attribute(value: &SearchAttributeValue) -> FieldValue<'_> {
    use SearchAttributeValue as V;
    match value {
        V::Text(value) | V::Keyword(value) => text(value.as_str()),
        V::Int(value) => FieldValue::Int((*value).into()),
        V::Double(value) => FieldValue::Double(*value),
        V::Bool(value) => FieldValue::Bool(*value),
        V::Datetime(value) => nanos(*value),
        V::KeywordList(values) => FieldValue::List(Cow::Borrowed(values)),
    }
}

fn text<'r>(text: impl Into<Cow<'r, str>>) -> FieldValue<'r> {
    FieldValue::Text(text.into())
}

fn known(known: &str) -> Option<FieldValue<'_>> {
    (!known.is_empty()).then(|| text(known))
}

fn nanos(time: Timestamp) -> FieldValue<'static> {
    FieldValue::Int(time.as_nanos().into())
}

fn duration(duration: Duration) -> FieldValue<'static> {
    FieldValue::Int(i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX))
}
