//! What somebody wrote for people to read: it changes nothing.

use serde::{Deserialize, Serialize};

/// A summary in a line, and details in Markdown, for people to read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserMetadata {
    /// In a line; empty if nothing was said.
    pub summary: String,
    /// In Markdown; empty if nothing was said.
    pub details: String,
}

impl UserMetadata {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.summary.is_empty() && self.details.is_empty()
    }

    /// As an event has it: nothing, if nothing was said.
    pub fn into_attribute(self) -> Option<Box<Self>> {
        Some(self).filter(|it| !it.is_empty()).map(Box::new)
    }

    /// The bytes of the text.
    pub fn size(&self) -> usize {
        self.summary.len() + self.details.len()
    }
}
