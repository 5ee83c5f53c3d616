//! Runs that lists and counts leave out: those of other namespaces and, unless they are asked for, the
//! engine's own, such as schedules.

use crate::{
    model::{
        Namespace,
        system::{SYSTEM_PREFIX, is_system_type},
    },
    storage::RunEntry,
};

/// Which runs a filter is not about, whatever it says.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    namespace: Namespace,
    system: bool,
}

impl Hidden {
    /// Those that this filter does not name in its namespace: by their type, or by what their ids begin
    /// with.
    pub(super) fn of(filter: &str, namespace: Namespace) -> Self {
        let system = !filter.contains(SYSTEM_PREFIX);
        Self { namespace, system }
    }

    /// All of the engine's own, whether or not a filter names them.
    pub(super) fn all(namespace: Namespace) -> Self {
        Self {
            namespace,
            system: true,
        }
    }

    /// Whether a run is one of them.
    pub(super) fn hides(&self, run: &RunEntry) -> bool {
        !run.execution.workflow_id.is_in(&self.namespace)
            || self.system && is_system_type(&run.workflow_type)
    }
}
