//! Floor 6: the face to callers: start, signal, query, cancel, terminate, describe, result.
//!
//! A [`WorkflowHandle`] names an execution and knows its types. Where the engine is, the handle
//! does not know: it speaks to a [`WorkflowService`], in this process or, one day, in another.
//!
//! Absent on purpose: state. A handle is a name; two handles of one execution are the same.

mod delete;
mod description;
mod engine;
mod error;
mod handle;
mod nowhere;
mod read;
mod result;
mod retry;
mod service;
mod signal;
mod start;
mod stop;

pub use crate::{
    actor::{Description, Outage, Refusal, RequestOutcome, StartRequest, Started, Target},
    machine::execution::{Problem, ProblemKind},
};

pub use self::{
    description::{ActivityDescription, WorkflowDescription, WorkflowTaskDescription},
    engine::EngineClient,
    error::{
        DeleteWorkflowError, QueryWorkflowError, RequestError, ResultError, ResumeWorkflowError,
        RetryNowError, SignalWorkflowError, StartWorkflowError, StopWorkflowError, WorkflowFailure,
    },
    handle::{ExecutionHandle, WorkflowHandle},
    service::{Answer, WorkflowService},
    signal::SendSignal,
    start::StartWorkflow,
};
