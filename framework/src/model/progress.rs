//! Progress: what a running attempt tells its workflow, as the history has it.
//!
//! A report is recorded as a signal under a name of sempre's own, so whoever reads the history knows
//! it for a message, and a reader that knows nothing of progress may pass it over. Its first payload
//! says which attempt has reported, and how often; the value is behind it.

use serde::{Deserialize, Serialize};

use crate::model::{
    EventId, Header, Identity, Payload, Payloads, RunId, SignalName,
    event::workflow_execution::Signaled,
};

/// What the names of sempre's own signals begin with. Nobody else may send one.
pub const RESERVED_SIGNAL_PREFIX: &str = "sempre.";

/// The signal that a report of progress is.
const SIGNAL: &str = "sempre.activity_progress";

/// A report of progress.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// Counts the reports of its attempt, from 1. A report that comes twice is known by it.
    pub number: u32,
    /// What the attempt has to say.
    pub value: Payloads,
}

/// Which report a signal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressMark {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The attempt that has reported.
    pub attempt: u32,
    /// Counts the reports of the attempt, from 1.
    pub number: u32,
}

impl ProgressMark {
    /// Which report a signal is; `None` if it is none.
    pub fn of(signal: &Signaled) -> Option<Self> {
        if signal.signal_name.as_str() != SIGNAL {
            return None;
        }
        signal.input.0.first()?.decode().ok()
    }

    /// The signal that says this of a run. Its request id is that of no other report, and of no request.
    pub fn to_signal(self, run_id: RunId, value: Payloads, identity: Identity) -> Signaled {
        let Self {
            scheduled_event_id,
            attempt,
            number,
        } = self;
        let request_id = format!("{run_id}/{scheduled_event_id}/PROGRESS/{attempt}/{number}");
        // Invariant: numbers can be written.
        let mark = Payload::encode(&self).unwrap_or_default();
        Signaled {
            signal_name: SignalName::new(SIGNAL),
            input: Payloads([mark].into_iter().chain(value.0).collect()),
            identity,
            request_id: request_id.into(),
            external_workflow_execution: None,
            header: Header::EMPTY,
        }
    }

    /// What the report that a signal is has to say.
    pub fn value_in(signal: &Signaled) -> Payloads {
        Payloads(signal.input.0.iter().skip(1).cloned().collect())
    }
}
