//! Runs that lists and counts leave out unless they are asked for: those of schedules.

use crate::{
    model::schedule::{SCHEDULER_PREFIX, SCHEDULER_TYPE},
    storage::RunEntry,
};

/// Which runs a filter is not about, whatever it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden {
    schedules: bool,
}

impl Hidden {
    /// Those that this filter does not name: by their type, or by what their ids begin with.
    pub(super) fn of(filter: &str) -> Self {
        let asks = filter.contains(SCHEDULER_TYPE) || filter.contains(SCHEDULER_PREFIX);
        Self { schedules: !asks }
    }

    /// Whether a run is one of them.
    pub(super) fn hides(self, run: &RunEntry) -> bool {
        self.schedules && run.workflow_type.as_str() == SCHEDULER_TYPE
    }
}
