//! What a roster keeps of one run.

use crate::{
    model::{RunId, SearchAttributeValue, Timestamp},
    storage::RunEntry,
    visibility::sieve::PARENT,
};

/// What a roster keeps of one run, but its kind.
#[derive(Debug)]
pub(super) struct Row<'e> {
    pub(super) run_id: RunId,
    /// In nanoseconds since 1970.
    pub(super) started: u64,
    pub(super) workflow_id: &'e str,
    /// Of each keyword that it can be found by, and of each attribute that it has.
    pub(super) marks: Vec<u32>,
}

impl<'e> Row<'e> {
    pub(super) fn of(entry: &'e RunEntry) -> Self {
        Self {
            run_id: entry.execution.run_id,
            started: entry.started_at.as_nanos(),
            workflow_id: entry.execution.workflow_id.as_str(),
            marks: marks(entry),
        }
    }
}

/// Whether an entry says all that a roster keeps.
pub(super) fn is_whole(entry: &RunEntry) -> bool {
    entry.damage.is_none()
        && !entry.workflow_type.as_str().is_empty()
        && !entry.execution.workflow_id.as_str().is_empty()
        && entry.started_at != Timestamp::EPOCH
}

fn marks(entry: &RunEntry) -> Vec<u32> {
    let mut marks = Vec::new();
    let Some(details) = entry.details.as_deref() else {
        return marks;
    };
    if let Some(parent) = &details.parent {
        marks.push(mark_of(PARENT, None));
        marks.push(mark_of(PARENT, Some(parent.workflow_id.as_str())));
    }
    for (name, value) in &details.search_attributes {
        marks.push(mark_of(name, None));
        match value {
            // A text may have been one before it was declared to be a keyword.
            SearchAttributeValue::Keyword(text) | SearchAttributeValue::Text(text) => {
                marks.push(mark_of(name, Some(text)));
            }
            SearchAttributeValue::KeywordList(list) => {
                marks.extend(list.iter().map(|keyword| mark_of(name, Some(keyword))));
            }
            _ => {}
        }
    }
    marks
}

/// The mark of those that have this value of a field, or any value.
pub(in crate::visibility) fn mark_of(field: &str, value: Option<&str>) -> u32 {
    let mut mark = crc32fast::Hasher::new();
    mark.update(field.as_bytes());
    if let Some(value) = value {
        mark.update(b"=");
        mark.update(value.as_bytes());
    }
    mark.finalize()
}

/// The first bytes of a text, as a number that sorts as they do.
pub(super) fn head(text: &str) -> u64 {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(head)
}
