//! The history of one run, complete or as far as it has got.

use crate::model::{EventAttributes, HistoryEvent, WorkflowExecution, WorkflowVersion};

/// The events of one run in order, from `WorkflowExecutionStarted`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct History {
    /// The run they belong to.
    pub execution: WorkflowExecution,
    /// The events; their ids are contiguous from 1.
    pub events: Vec<HistoryEvent>,
}

impl History {
    /// The number of events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether the run has closed.
    pub fn is_closed(&self) -> bool {
        self.events
            .last()
            .is_some_and(|event| event.attributes.closes_the_run())
    }

    /// The version of the code that the run stays with; `None` if it may begin with any.
    pub fn version(&self) -> Option<WorkflowVersion> {
        let stated = self.attributes().find_map(|attributes| match attributes {
            EventAttributes::WorkflowTaskCompleted(it) => Some(it.deployment_version),
            _ => None,
        });
        match (stated, self.attributes().next()) {
            (Some(stated), _) => Some(stated.unwrap_or(WorkflowVersion::FIRST)),
            (None, Some(EventAttributes::WorkflowExecutionStarted(started))) => {
                started.lineage.inherited_pinned_version
            }
            (None, _) => None,
        }
    }

    /// The attributes of each event, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &EventAttributes> {
        self.events.iter().map(|event| &event.attributes)
    }
}
