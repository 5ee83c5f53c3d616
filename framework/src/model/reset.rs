//! What a run can be reset to, and what is taken along.

use serde::{Deserialize, Serialize};

use crate::model::{ActivityId, BuildId, EventId, Timestamp};

/// The workflow task to which a run is reset: everything before it is kept, and it is done again.
///
/// # Examples
/// ```
/// use sempre::model::ResetPoint;
///
/// // Everything is done again, with the same input.
/// let from_the_start = ResetPoint::FirstTask;
/// // The program decides once more on what it was told last.
/// let once_more = ResetPoint::LastTask;
/// # let _ = (from_the_start, once_more);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ResetPoint {
    /// The first one: only how the run was started is kept.
    FirstTask,
    /// The last one that was completed; if none was, the last one that has started.
    LastTask,
    /// The one that ends with this event: the first event that is not kept. It stands behind the
    /// `WorkflowTaskScheduled` of the task, and at the latest directly behind its
    /// `WorkflowTaskStarted`.
    Event(EventId),
    /// The one that has asked for the activity that was the last to fail for good.
    LastFailedActivity,
    /// The one that has asked for this activity, the last one of this id.
    Activity(ActivityId),
    /// The first one that was completed at this time or later.
    Time(Timestamp),
    /// The first one that this build has completed.
    Build(BuildId),
}

/// What is taken along of what came after the point to which a run is reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reapplied {
    /// Whether signals are sent again. Default: yes.
    pub signals: bool,
    /// Whether updates that were accepted are asked for again. Default: yes.
    pub updates: bool,
}

impl Default for Reapplied {
    fn default() -> Self {
        Self {
            signals: true,
            updates: true,
        }
    }
}
