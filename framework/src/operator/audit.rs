//! What somebody did: one entry of the trail.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Identity, Timestamp},
    operator::Setting,
};

/// Something that an operator did, or asked for.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Identity,
    /// What was asked for, in words, such as `pause task queue`.
    pub operation: String,
    /// What it was about, such as the id of a workflow or the name of a queue.
    pub subject: String,
    /// Why, if that was said.
    pub reason: String,
    /// Why it was not done, if this entry says that; one that was asked for before it was tried has an
    /// entry of its own.
    pub refusal: String,
    /// What it has set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) setting: Option<Setting>,
}

impl AuditEntry {
    /// That this was done to this. When it was is noted where it is recorded.
    pub fn new(operation: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            operation: operation.into(),
            subject: subject.into(),
            ..Self::default()
        }
    }

    /// The same by somebody. Default: the process that records it.
    #[must_use]
    pub fn who(mut self, who: impl Into<Identity>) -> Self {
        self.who = who.into();
        self
    }

    /// The same for this reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// The same, not done for this reason.
    #[must_use]
    pub fn refused(mut self, refusal: impl Into<String>) -> Self {
        self.refusal = refusal.into();
        self
    }
}

impl From<Setting> for AuditEntry {
    fn from(setting: Setting) -> Self {
        Self {
            setting: Some(setting.clone()),
            ..Self::new(setting.operation(), setting.subject())
        }
    }
}
