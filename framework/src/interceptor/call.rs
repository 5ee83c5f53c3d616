//! The calls that interceptors are told of.

use derive_more::Display;

use crate::model::{
    ActivityId, ActivityType, Header, QueryName, SignalName, UpdateName, WorkflowExecution,
    WorkflowId, WorkflowInfo, WorkflowType,
    system::{is_system_id, is_system_type},
};

/// A call that is about to leave, from a client or from workflow code.
#[derive(Clone, Copy, Debug, Display)]
#[non_exhaustive]
pub enum OutboundCall<'a> {
    /// A client starts a workflow.
    #[display("start of {workflow_type} {workflow_id}")]
    StartWorkflow {
        /// Its id.
        workflow_id: &'a WorkflowId,
        /// Its type.
        workflow_type: &'a WorkflowType,
    },
    /// A client sends a signal.
    #[display("signal {signal_name} to {workflow_id}")]
    SignalWorkflow {
        /// Whom it is for.
        workflow_id: &'a WorkflowId,
        /// Which one it is.
        signal_name: &'a SignalName,
    },
    /// A client asks for an update.
    #[display("update {update_name} of {workflow_id}")]
    UpdateWorkflow {
        /// Whom it is for.
        workflow_id: &'a WorkflowId,
        /// Which one it is.
        update_name: &'a UpdateName,
    },
    /// Workflow code calls an activity.
    #[display("activity {activity_type} of {}", caller.execution.workflow_id)]
    Activity {
        /// The run that calls it.
        caller: &'a WorkflowInfo,
        /// Its type.
        activity_type: &'a ActivityType,
        /// Whether it is run in the process of the workflow.
        is_local: bool,
    },
    /// Workflow code starts a child.
    #[display("child {workflow_type} {workflow_id} of {}", caller.execution.workflow_id)]
    StartChild {
        /// The run that starts it.
        caller: &'a WorkflowInfo,
        /// Its id.
        workflow_id: &'a WorkflowId,
        /// Its type.
        workflow_type: &'a WorkflowType,
    },
    /// Workflow code sends a signal.
    #[display("signal {signal_name} of {} to {workflow_id}", caller.execution.workflow_id)]
    SignalExternal {
        /// The run that sends it.
        caller: &'a WorkflowInfo,
        /// Whom it is for.
        workflow_id: &'a WorkflowId,
        /// Which one it is.
        signal_name: &'a SignalName,
    },
    /// Workflow code has another run take the place of its own.
    #[display("next run of {}", caller.execution.workflow_id)]
    ContinueAsNew {
        /// The run that ends.
        caller: &'a WorkflowInfo,
    },
}

impl OutboundCall<'_> {
    /// Whether code of the engine's own is called or calls, such as that of a schedule.
    pub(super) fn is_of_engine(&self) -> bool {
        match self {
            Self::StartWorkflow { workflow_id, .. }
            | Self::SignalWorkflow { workflow_id, .. }
            | Self::UpdateWorkflow { workflow_id, .. } => is_system_id(workflow_id),
            Self::Activity { caller, .. }
            | Self::StartChild { caller, .. }
            | Self::SignalExternal { caller, .. }
            | Self::ContinueAsNew { caller } => is_system_type(&caller.workflow_type),
        }
    }
}

/// A call that has arrived, and whose code is about to be run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum InboundCall<'a> {
    /// An attempt of an activity.
    Activity(InboundActivity<'a>),
    /// Workflow code goes on in a workflow task.
    WorkflowTask(InboundTask<'a>),
    /// Workflow code answers a query.
    Query {
        /// The run.
        info: &'a WorkflowInfo,
        /// Which one it is.
        query_name: &'a QueryName,
    },
}

impl InboundCall<'_> {
    /// Whether it is code of the engine's own, such as that of a schedule.
    pub(super) fn is_of_engine(&self) -> bool {
        let workflow_type = match self {
            Self::Activity(it) => it.workflow_type,
            Self::WorkflowTask(InboundTask { info, .. }) | Self::Query { info, .. } => {
                &info.workflow_type
            }
        };
        is_system_type(workflow_type)
    }
}

/// An attempt of an activity that is about to be run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InboundActivity<'a> {
    /// The run that asked for the activity.
    pub execution: &'a WorkflowExecution,
    /// The program of that run.
    pub workflow_type: &'a WorkflowType,
    /// The activity's id.
    pub activity_id: &'a ActivityId,
    /// Its type.
    pub activity_type: &'a ActivityType,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// Whether it is run in the process of the workflow, without an event of its own.
    pub is_local: bool,
    /// What came with the call.
    pub header: &'a Header,
}

#[cfg(feature = "runtime")]
impl<'a> InboundActivity<'a> {
    /// An attempt of what this run has asked for.
    pub(crate) fn new(
        execution: &'a WorkflowExecution,
        workflow_type: &'a WorkflowType,
        activity_id: &'a ActivityId,
        activity_type: &'a ActivityType,
        attempt: u32,
        is_local: bool,
        header: &'a Header,
    ) -> Self {
        Self {
            execution,
            workflow_type,
            activity_id,
            activity_type,
            attempt,
            is_local,
            header,
        }
    }
}

/// A workflow task in which workflow code is about to go on.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InboundTask<'a> {
    /// The run; its header is what came with its start.
    pub info: &'a WorkflowInfo,
    /// The messages that the code is given, in the order in which they came.
    pub messages: &'a [InboundMessage<'a>],
}

impl<'a> InboundTask<'a> {
    pub(crate) fn new(info: &'a WorkflowInfo, messages: &'a [InboundMessage<'a>]) -> Self {
        Self { info, messages }
    }
}

/// A message that workflow code is given.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum InboundMessage<'a> {
    /// A signal.
    Signal {
        /// Which one it is.
        name: &'a SignalName,
        /// What came with it.
        header: &'a Header,
    },
    /// An update.
    Update {
        /// Which one it is.
        name: &'a UpdateName,
        /// What came with it.
        header: &'a Header,
    },
}
