//! What the index knows of few runs only, and of no other at any cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    Lineage, SearchAttributeValue, SearchAttributes, WorkflowExecution, WorkflowVersion,
};

/// What a run can be found by, whose child it is, and which version of its code it stays with.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunDetails {
    /// Its search attributes, by name.
    pub search_attributes: BTreeMap<String, SearchAttributeValue>,
    /// The workflow whose child it is, if it is one.
    pub parent: Option<WorkflowExecution>,
    /// The workflow at the root of the tree of children; `None` if it is this one.
    pub root: Option<WorkflowExecution>,
    /// The version of the code that it stays with; `None` if that is the first, or it has not begun.
    pub version: Option<WorkflowVersion>,
}

impl RunDetails {
    /// What is to be known of a run; `None` if that is nothing.
    ///
    /// Of search attributes those whose type is known; others are found by nobody. The version is
    /// one that is not the first.
    pub fn of(
        attributes: &SearchAttributes,
        lineage: Option<&Lineage>,
        version: Option<WorkflowVersion>,
    ) -> Option<Box<Self>> {
        let values = attributes.iter().filter_map(|(name, payload)| {
            let value = SearchAttributeValue::from_payload(payload)?;
            Some((name.to_owned(), value))
        });
        let parent = lineage.and_then(|it| it.parent_workflow_execution.as_deref());
        let root = lineage.and_then(|it| it.root_workflow_execution.as_deref());
        let details = Self {
            search_attributes: values.collect(),
            parent: parent.cloned(),
            root: root.cloned(),
            version,
        };
        (details != Self::default()).then(|| Box::new(details))
    }
}
