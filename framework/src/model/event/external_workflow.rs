//! Events of messages to other workflow executions: signals, and the wish that they stop.

use serde::{Deserialize, Serialize};

use crate::model::{EventId, Header, Payloads, SignalName, WorkflowExecution, wire::wire_enum};

/// Attributes of `SignalExternalWorkflowExecutionInitiated`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignalInitiated {
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// Whom it is for; without a run id, the latest run.
    pub workflow_execution: WorkflowExecution,
    /// Which signal it is.
    pub signal_name: SignalName,
    /// Its arguments.
    pub input: Payloads,
    /// Whether it is only for a child of this run.
    pub child_workflow_only: bool,
    /// What comes with it.
    pub header: Header,
}

/// Attributes of `SignalExternalWorkflowExecutionFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignalFailed {
    /// Why it was not delivered.
    pub cause: SignalFailedCause,
    /// Whom it was for.
    pub workflow_execution: WorkflowExecution,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
}

/// Attributes of `ExternalWorkflowExecutionSignaled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Signaled {
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// Whom it was for.
    pub workflow_execution: WorkflowExecution,
}

/// Attributes of `RequestCancelExternalWorkflowExecutionInitiated`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CancelInitiated {
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// Who is to stop; without a run id, the latest run.
    pub workflow_execution: WorkflowExecution,
    /// Whether it is only for a child of this run.
    pub child_workflow_only: bool,
    /// The reason given.
    pub reason: String,
}

/// Attributes of `RequestCancelExternalWorkflowExecutionFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CancelFailed {
    /// Why the request was not delivered.
    pub cause: CancelFailedCause,
    /// Who was to stop.
    pub workflow_execution: WorkflowExecution,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
}

/// Attributes of `ExternalWorkflowExecutionCancelRequested`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CancelRequested {
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// Who was asked to stop.
    pub workflow_execution: WorkflowExecution,
}

wire_enum! {
    /// Why a signal to another workflow execution was not delivered.
    pub enum SignalFailedCause {
        /// Not said.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// There is no open run that it could be for.
        ExternalWorkflowExecutionNotFound = 1 => "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND",
        /// There is no such namespace.
        NamespaceNotFound = 2 => "NAMESPACE_NOT_FOUND",
        /// The run accepts no further signals.
        SignalCountLimitExceeded = 3 => "SIGNAL_COUNT_LIMIT_EXCEEDED",
    }
}

wire_enum! {
    /// Why the wish that another workflow execution stops was not delivered.
    pub enum CancelFailedCause {
        /// Not said.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// There is no run that it could be for.
        ExternalWorkflowExecutionNotFound = 1 => "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND",
        /// There is no such namespace.
        NamespaceNotFound = 2 => "NAMESPACE_NOT_FOUND",
    }
}
