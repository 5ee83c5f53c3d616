//! Floor 0: the vocabulary. Ids, time, payloads, failures, events, commands and transitions.
//!
//! Everything here is plain data in the terms Temporal defines: it knows no clock, no store and no
//! actor. What is stored is serialized from these types, so fields are only ever appended and
//! numbers are never reused (see `storage::record`).
//!
//! Absent on purpose: behaviour. Rules live in `machine`, wire conversions in `storage`.

mod command;
pub mod event;
mod failure;
mod grammar;
mod history;
mod id;
mod info;
pub mod limits;
mod lineage;
mod message;
mod options;
mod payload;
mod retry;
mod time;
pub mod transition;
mod wire;

pub use self::{
    command::{
        Command, ContinueAsNew, RequestCancelExternalWorkflow, ScheduleActivityTask,
        SignalExternalWorkflow,
    },
    event::{EventAttributes, EventType, HistoryEvent},
    failure::{
        ActivityFailureInfo, ApplicationFailureInfo, CanceledFailureInfo, Failure, FailureInfo,
        RESERVED_FAILURE_PREFIX, RetryState, ServerFailureInfo, TerminatedFailureInfo,
        TimeoutFailureInfo, TimeoutType,
    },
    grammar::{GrammarRule, GrammarViolation},
    history::History,
    id::{
        ActivityId, ActivityType, EventId, Identity, QueryName, RequestId, RunId, SignalName,
        TaskQueue, TimerId, UpdateId, UpdateName, WorkflowId, WorkflowType,
    },
    info::{ExecutionStatus, WorkflowExecution, WorkflowInfo},
    lineage::{ContinueAsNewInitiator, Lineage},
    message::{MessageId, MessageKind},
    options::{ActivityOptions, StartOptions, WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
    payload::{Encoding, Payload, PayloadError, Payloads},
    retry::RetryPolicy,
    time::Timestamp,
    transition::{AttemptFailure, Change, Entry, RecordNumber, Transition, Wake},
};

#[cfg(test)]
mod tests;
