//! Runs that lists and counts leave out: those of other namespaces and, unless they are asked for, the
//! engine's own, such as schedules.

use crate::{
    model::{
        Namespace, WorkflowType,
        system::{SYSTEM_PREFIX, is_system_type},
    },
    storage::RunEntry,
};

/// Which runs a filter is not about, whatever it says.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    namespace: Namespace,
    system: bool,
}

impl Hidden {
    /// Those that this filter does not name in its namespace: by their type, or by what their ids begin
    /// with.
    pub(crate) fn of(filter: &str, namespace: Namespace) -> Self {
        let system = !filter.contains(SYSTEM_PREFIX);
        Self { namespace, system }
    }

    /// All of the engine's own, whether or not a filter names them.
    pub(crate) fn all(namespace: Namespace) -> Self {
        Self {
            namespace,
            system: true,
        }
    }

    /// Whether a run is one of them.
    pub(crate) fn hides(&self, run: &RunEntry) -> bool {
        self.hides_kind(
            run.execution.workflow_id.namespace_name(),
            &run.workflow_type,
        )
    }

    /// Whether runs of this type are, in the namespace of this name or in the default one.
    pub(super) fn hides_kind(&self, namespace: Option<&str>, workflow_type: &WorkflowType) -> bool {
        let is_elsewhere = match namespace {
            Some(name) => name != self.namespace.as_str(),
            None => !self.namespace.is_default(),
        };
        is_elsewhere || self.system && is_system_type(workflow_type)
    }
}
