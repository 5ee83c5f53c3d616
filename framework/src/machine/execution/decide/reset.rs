//! Reset: another run goes on from this one, which is closed if it is open.
//!
//! The first half is [`fork`](super::fork()), the beginning of that run. Both are one commit.

use crate::{
    machine::execution::{Draft, Rejection, check},
    model::{
        Identity, Payloads, Reapplied, RequestId, ResetPoint, event::workflow_execution,
        transition::Reset,
    },
};

/// Who ends a run that is reset, in histories.
const RESETTER: &str = "history-resetter";

/// Asks for a reset.
#[derive(Clone, PartialEq, Debug)]
pub struct ResetRun {
    /// To which workflow task.
    pub point: ResetPoint,
    /// Why, for people.
    pub reason: String,
    /// What is taken along of what came later.
    pub reapplied: Reapplied,
    /// The id that makes the request idempotent.
    pub request_id: RequestId,
}

impl ResetRun {
    /// That nothing is too large.
    pub fn check(&self) -> Result<(), Rejection> {
        check::text("reason of the reset", &self.reason)?;
        check::optional_name("request id", self.request_id.as_str())
    }
}

/// Notes which run goes on from this one, and closes this one if it is open.
pub fn reset(draft: &mut Draft<'_>, reset: Reset, reason: String) {
    draft.change(reset);
    if draft.state().status().is_open() {
        draft.close_from_outside(workflow_execution::Terminated {
            reason,
            details: Payloads::EMPTY,
            identity: Identity::new(RESETTER),
        });
    }
}
