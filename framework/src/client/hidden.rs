//! Runs that lists and counts leave out unless they are asked for: the engine's own, such as schedules.

use crate::{
    model::system::{SYSTEM_PREFIX, is_system_type},
    storage::RunEntry,
};

/// Which runs a filter is not about, whatever it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden {
    system: bool,
}

impl Hidden {
    /// Those that this filter does not name: by their type, or by what their ids begin with.
    pub(super) fn of(filter: &str) -> Self {
        let system = !filter.contains(SYSTEM_PREFIX);
        Self { system }
    }

    /// All of the engine's own, whether or not a filter names them.
    pub(super) fn all() -> Self {
        Self { system: true }
    }

    /// Whether a run is one of them.
    pub(super) fn hides(self, run: &RunEntry) -> bool {
        self.system && is_system_type(&run.workflow_type)
    }
}
