//! What a bulk job does to each of its runs.

use serde::{Deserialize, Serialize};

use crate::model::{Header, Payloads, Reapplied, ResetPoint, SignalName, readable};

/// What a bulk job does to each of its runs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BulkOperation {
    /// Sends a signal.
    Signal {
        /// Which one.
        signal_name: SignalName,
        /// Its arguments.
        #[serde(with = "readable")]
        input: Payloads,
        /// What comes with it.
        #[serde(default)]
        header: Header,
    },
    /// Asks the run to stop.
    Cancel,
    /// Ends the run.
    Terminate,
    /// Has another run go on from a point of the run's history.
    Reset {
        /// From which point.
        point: ResetPoint,
        /// What is taken along of what came later.
        reapplied: Reapplied,
    },
    /// Pauses the run.
    Pause,
    /// Lets the run go on that was paused.
    Unpause,
    /// Tries again at once what backs off.
    RetryNow,
    /// Deletes the run, after it was terminated if it is open.
    Delete,
}

impl BulkOperation {
    /// The name of the operation, such as `terminate`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signal { .. } => "signal",
            Self::Cancel => "cancel",
            Self::Terminate => "terminate",
            Self::Reset { .. } => "reset",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::RetryNow => "retry",
            Self::Delete => "delete",
        }
    }
}
