//! Events of what a program says about its run: search attributes, memo, and markers.
//!
//! They change nothing about what is pending. A marker is a note of the program to itself, which it
//! finds again in a replay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{EventId, Failure, Memo, Payloads, SearchAttributes, UserMetadata};

/// Attributes of `UpsertWorkflowSearchAttributes`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchAttributesUpserted {
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// What has changed.
    pub search_attributes: SearchAttributes,
}

/// Attributes of `WorkflowPropertiesModified`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Modified {
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// What has changed.
    pub upserted_memo: Memo,
}

/// Attributes of `MarkerRecorded`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkerRecorded {
    /// What kind of note it is.
    pub marker_name: String,
    /// What it says.
    pub details: BTreeMap<String, Payloads>,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// What went wrong, if that is what it says.
    pub failure: Option<Box<Failure>>,
    /// What is said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

impl MarkerRecorded {
    /// The bytes of the user's data.
    pub fn size(&self) -> usize {
        let details = self.details.iter();
        let details = details.map(|(key, values)| key.len() + values.size());
        let failure = self.failure.as_ref().map_or(0, |it| it.size());
        let metadata = self.user_metadata.as_ref().map_or(0, |it| it.size());
        self.marker_name.len() + details.sum::<usize>() + failure + metadata
    }
}
