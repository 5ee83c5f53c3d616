//! Another workflow, as workflow code speaks to it.

use std::{marker::PhantomData, rc::Rc};

use derive_more::{Debug, Display, Error};

use crate::{
    definition::{Failure, Signal, Workflow},
    model::{
        self, FailureInfo, Payloads, RequestCancelExternalWorkflow, RunId, SignalExternalWorkflow,
        SignalName, WorkflowExecution, WorkflowId,
    },
    workflow::{
        Canceled, ExternalMessage,
        host::{External, ProgramHost},
        scope::Scope,
    },
};

/// Another workflow that can be signaled and asked to stop.
///
/// Made by [`WorkflowContext::external`](crate::WorkflowContext::external). A cheap clone.
///
/// Its signals are methods: `#[handlers]` writes a trait for them, `WarehouseSignals` for the
/// workflow `Warehouse`, with the names that they have on a handle.
#[derive(Debug)]
#[debug("ExternalWorkflow {{ execution: {execution:?} }}")]
pub struct ExternalWorkflow<W> {
    host: Rc<ProgramHost>,
    scope: Scope,
    execution: WorkflowExecution,
    /// Whether it is a child of the run.
    is_child: bool,
    workflow: PhantomData<fn() -> W>,
}

impl<W> Clone for ExternalWorkflow<W> {
    fn clone(&self) -> Self {
        Self {
            host: Rc::clone(&self.host),
            scope: self.scope.clone(),
            execution: self.execution.clone(),
            is_child: self.is_child,
            workflow: PhantomData,
        }
    }
}

impl<W: Workflow> ExternalWorkflow<W> {
    pub(super) fn new(host: Rc<ProgramHost>, scope: Scope, workflow_id: WorkflowId) -> Self {
        // Workflow code speaks to those of its own namespace.
        let workflow_id = workflow_id.beside(&host.info.borrow().execution.workflow_id);
        Self {
            host,
            scope,
            execution: WorkflowExecution {
                workflow_id,
                run_id: RunId::default(),
            },
            is_child: false,
            workflow: PhantomData,
        }
    }

    /// A child of the run; what is said reaches nobody else.
    pub(super) fn of_child(host: Rc<ProgramHost>, scope: Scope, workflow_id: WorkflowId) -> Self {
        Self {
            is_child: true,
            ..Self::new(host, scope, workflow_id)
        }
    }

    /// The same workflow, at this run and no other.
    #[must_use]
    pub fn at_run(mut self, run_id: RunId) -> Self {
        self.execution.run_id = run_id;
        self
    }

    /// The id of the workflow.
    pub fn workflow_id(&self) -> &WorkflowId {
        &self.execution.workflow_id
    }

    /// Sends it a signal; the methods of its signals do that.
    ///
    /// An input that cannot be written fails the workflow task.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a signal takes its input, as a call does"
    )]
    pub fn signal<S: Signal<Workflow = W>>(&self, input: S::Input) -> ExternalMessage {
        let said = match Payloads::encode_readable(&input) {
            Ok(input) => Some(External::Signal(SignalExternalWorkflow {
                workflow_execution: self.execution.clone(),
                signal_name: SignalName::new(S::NAME),
                input,
                child_workflow_only: self.is_child,
                header: None,
            })),
            Err(error) => {
                let message = format!("input of signal {} is malformed: {error}", S::NAME);
                let failure = model::Failure::own(message, "MalformedInput");
                self.host.fail_workflow_task(failure);
                None
            }
        };
        ExternalMessage::new(Rc::clone(&self.host), &self.scope, said)
    }

    /// Asks it to stop, and gives this reason.
    ///
    /// One that has closed has nothing left to stop, and the request counts as delivered.
    pub fn cancel(&self, reason: impl AsRef<str>) -> ExternalMessage {
        let run_id = self.host.info.borrow().execution.run_id;
        // Replay: as Temporal's SDKs say it, so that who reads the reason knows who asked.
        let reason = format!(
            "Cancel requested by workflow with run id {run_id} with reason: {}",
            reason.as_ref()
        );
        let said = External::RequestCancel(RequestCancelExternalWorkflow {
            workflow_execution: self.execution.clone(),
            reason,
            child_workflow_only: self.is_child,
        });
        ExternalMessage::new(Rc::clone(&self.host), &self.scope, Some(said))
    }
}

/// Why a message did not reach another workflow.
///
/// # Examples
/// ```
/// use sempre::{Failure, workflow::ExternalWorkflowError};
///
/// let failure = ExternalWorkflowError::NotFound.to_failure();
/// let error = ExternalWorkflowError::from_failure(&failure);
/// assert_eq!(error, Some(ExternalWorkflowError::NotFound));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum ExternalWorkflowError {
    /// There is no run that it could be for: there never was one, or it has closed. The two look the
    /// same in a history. A workflow does not find itself either.
    #[display("unable to reach external workflow because it was not found")]
    NotFound,
    /// The run has had all the signals it accepts; another run of the id accepts more.
    #[display("unable to signal external workflow because it accepts no further signals")]
    TooManySignals,
    /// The run, or the scope of the call, was canceled. The message may be on its way.
    #[display("{_0}")]
    Canceled(#[error(not(source))] Canceled),
}

/// The types of its failures, as Temporal's SDKs have them.
const NOT_FOUND: &str = "ExternalWorkflowExecutionNotFound";
const TOO_MANY_SIGNALS: &str = "SignalCountLimitExceeded";

impl ExternalWorkflowError {
    /// Whether there is no run that the message could be for.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound)
    }

    /// Whether the run, or the scope of the call, was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled(_))
    }
}

impl From<Canceled> for ExternalWorkflowError {
    fn from(canceled: Canceled) -> Self {
        Self::Canceled(canceled)
    }
}

impl Failure for ExternalWorkflowError {
    fn to_failure(&self) -> model::Failure {
        let error_type = match self {
            Self::NotFound => NOT_FOUND,
            Self::TooManySignals => TOO_MANY_SIGNALS,
            Self::Canceled(canceled) => return canceled.to_failure(),
        };
        model::Failure::application(self.to_string(), error_type)
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        match &failure.info {
            FailureInfo::Canceled(_) => Canceled::from_failure(failure).map(Self::Canceled),
            FailureInfo::Application(info) => match info.error_type.as_str() {
                NOT_FOUND => Some(Self::NotFound),
                TOO_MANY_SIGNALS => Some(Self::TooManySignals),
                _ => None,
            },
            _ => None,
        }
    }
}
