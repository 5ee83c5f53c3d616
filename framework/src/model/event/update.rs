//! Events of updates: messages that are asked for, checked, carried out and answered.
//!
//! An update that is refused leaves no event. Both events are the direct result of what the program
//! says in a workflow task, as those of commands are, though they do not name that task.

use serde::{Deserialize, Serialize};

use crate::model::{
    EventId, Failure, Header, Identity, Payloads, UpdateId, UpdateName, wire::wire_tagged,
};

/// What somebody asks of a run.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Makes the update idempotent within its run.
    pub update_id: UpdateId,
    /// Who asks.
    pub identity: Identity,
    /// Which update it is.
    pub name: UpdateName,
    /// Its arguments.
    pub input: Payloads,
    /// What came with it.
    pub header: Header,
}

/// Attributes of `WorkflowExecutionUpdateAccepted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Accepted {
    /// The update.
    pub protocol_instance_id: UpdateId,
    /// The last event before the start of the workflow task that brought the update.
    pub accepted_request_sequencing_event_id: EventId,
    /// What was asked; `None` if an earlier event says so.
    pub accepted_request: Option<Request>,
}

/// Attributes of `WorkflowExecutionUpdateCompleted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    /// The update.
    pub update_id: UpdateId,
    /// Who asked for it.
    pub identity: Identity,
    /// The event that accepted it.
    pub accepted_event_id: EventId,
    /// What came of it.
    pub outcome: Outcome,
}

/// Attributes of `WorkflowExecutionUpdateAdmitted`: the run goes on from one that was reset, and what
/// that had accepted behind the point is asked for again.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Admitted {
    /// What is asked.
    pub request: Option<Request>,
}

/// What came of an update that was accepted.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Its handler returned this.
    Success(Payloads),
    /// Its handler failed. The run goes on.
    Failure(Box<Failure>),
}

wire_tagged!(Outcome {
    1 => Success(Payloads),
    2 => Failure(Box<Failure>),
});

impl Default for Outcome {
    fn default() -> Self {
        Self::Success(Payloads::EMPTY)
    }
}

impl Outcome {
    /// The bytes of the user's data.
    pub fn size(&self) -> usize {
        match self {
            Self::Success(result) => result.size(),
            Self::Failure(failure) => failure.size(),
        }
    }
}
