//! How long closed runs are kept.

use std::{collections::BTreeMap, time::Duration};

use crate::model::{Timestamp, WorkflowType, system::OPERATOR_TYPE};

/// How long closed runs are kept, by their workflow types. The default keeps all of them for ever.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Retention {
    all: Option<Duration>,
    by_type: BTreeMap<WorkflowType, Duration>,
}

impl Retention {
    /// Keeps runs of all types for this long that nothing else is said of.
    pub fn keep_all(&mut self, time: Duration) {
        self.all = Some(time);
    }

    /// Keeps runs of this type for this long.
    pub fn keep_type(&mut self, workflow_type: WorkflowType, time: Duration) {
        self.by_type.insert(workflow_type, time);
    }

    /// How long a run of this type is kept after its close; `None` for ever.
    pub fn of(&self, workflow_type: &WorkflowType) -> Option<Duration> {
        // What operators have done has a bound of its own.
        if workflow_type.as_str() == OPERATOR_TYPE {
            return None;
        }
        self.by_type.get(workflow_type).copied().or(self.all)
    }

    /// The shortest time for which something is kept; `None` if everything is kept for ever.
    pub fn shortest(&self) -> Option<Duration> {
        self.by_type.values().copied().chain(self.all).min()
    }

    /// When a run of this type may be deleted that closed at this time; `None` for never.
    pub fn expires_at(
        &self,
        workflow_type: &WorkflowType,
        closed_at: Timestamp,
    ) -> Option<Timestamp> {
        Some(closed_at.after(self.of(workflow_type)?))
    }
}
