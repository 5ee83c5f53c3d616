//! Start: the run begins to exist, and its first workflow task is scheduled.

use crate::{
    machine::execution::{Draft, Rejection, check, decide::SignalMessage, timeout},
    model::{
        Identity, Lineage, Payloads, RequestId, StartOptions, WorkflowExecution,
        WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowType, event::workflow_execution,
    },
};

/// Starts a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Start {
    /// The run's ids.
    pub execution: WorkflowExecution,
    /// The program.
    pub workflow_type: WorkflowType,
    /// The program's arguments.
    pub input: Payloads,
    /// Queue and timeouts; the id policies are the caller's business.
    pub options: StartOptions,
    /// Who starts it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
    /// The signal that the run begins with, if it is a signal-with-start.
    pub signal: Option<SignalMessage>,
}

impl Start {
    /// That everything is given and nothing too large; a start that passes is not rejected.
    pub fn check(&self) -> Result<(), Rejection> {
        check::name("workflow id", self.execution.workflow_id.as_str())?;
        check::name("workflow type", self.workflow_type.as_str())?;
        check::name("task queue", self.options.task_queue.as_str())?;
        check::optional_name("identity", self.identity.as_str())?;
        check::optional_name("request id", self.request_id.as_str())?;
        check::payloads("workflow input", &self.input)?;
        self.check_policies()?;
        self.signal.as_ref().map_or(Ok(()), SignalMessage::check)
    }

    /// That the run which makes room is not one that forbids the start.
    fn check_policies(&self) -> Result<(), Rejection> {
        let rejects = self.options.id_reuse_policy == WorkflowIdReusePolicy::RejectDuplicate;
        let replaces =
            self.options.id_conflict_policy == WorkflowIdConflictPolicy::TerminateExisting;
        if rejects && replaces {
            return Err(Rejection::Contradiction {
                one: "workflow id reuse policy REJECT_DUPLICATE",
                other: "workflow id conflict policy TERMINATE_EXISTING",
            });
        }
        Ok(())
    }
}

/// Starts a run: `WorkflowExecutionStarted`, the signal that comes with the start, and the first
/// `WorkflowTaskScheduled`.
pub fn start(draft: &mut Draft<'_>, message: Start) -> Result<(), Rejection> {
    if draft.state().started().is_some() {
        return Err(Rejection::AlreadyStarted {
            status: draft.state().status(),
        });
    }
    message.check()?;
    let Start {
        execution,
        workflow_type,
        input,
        options,
        identity,
        request_id,
        signal,
    } = message;
    let timeouts = timeout::normalize_run(
        options.execution_timeout,
        options.run_timeout,
        options.task_timeout,
    );
    let now = draft.now();
    draft.write(workflow_execution::Started {
        workflow_id: execution.workflow_id,
        workflow_type,
        task_queue: options.task_queue,
        input,
        workflow_execution_timeout: timeouts.execution,
        workflow_run_timeout: timeouts.run,
        workflow_task_timeout: timeouts.task,
        workflow_execution_expiration_time: timeouts.execution.map(|limit| now.after(limit)),
        identity,
        lineage: Lineage::first_run(execution.run_id),
        attempt: 1,
        request_id,
        ..workflow_execution::Started::default()
    });
    if let Some(signal) = signal {
        draft.record(workflow_execution::Signaled::from(signal));
    }
    draft.follow_up();
    Ok(())
}
