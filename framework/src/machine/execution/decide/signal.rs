//! Signal: a message for the program, recorded in the order of arrival.

use crate::{
    machine::execution::{Draft, Rejection, check},
    model::{
        Header, Identity, Payloads, RequestId, SignalName, WorkflowExecution,
        event::workflow_execution, limits,
    },
};

/// Delivers a signal.
#[derive(Clone, PartialEq, Debug)]
pub struct SignalMessage {
    /// Which signal it is.
    pub name: SignalName,
    /// Its arguments.
    pub input: Payloads,
    /// Who sends it.
    pub identity: Identity,
    /// The id that makes the signal idempotent; empty is none.
    pub request_id: RequestId,
    /// What comes with it.
    pub header: Header,
}

impl SignalMessage {
    /// That everything is given and nothing too large.
    pub(super) fn check(&self) -> Result<(), Rejection> {
        check::signal_name(&self.name)?;
        check::optional_name("identity", self.identity.as_str())?;
        check::optional_name("request id", self.request_id.as_str())?;
        check::header(&self.header)?;
        check::payloads("signal input", &self.input)
    }
}

impl From<SignalMessage> for workflow_execution::Signaled {
    fn from(message: SignalMessage) -> Self {
        Self {
            signal_name: message.name,
            input: message.input,
            identity: message.identity,
            request_id: message.request_id,
            header: message.header,
            external_workflow_execution: None,
        }
    }
}

impl From<workflow_execution::Signaled> for SignalMessage {
    fn from(event: workflow_execution::Signaled) -> Self {
        Self {
            name: event.signal_name,
            input: event.input,
            identity: event.identity,
            request_id: event.request_id,
            header: event.header,
        }
    }
}

/// Records a signal. One that was delivered before is accepted and changes nothing, also when it
/// has closed the run.
///
/// While the first workflow task waits, the signal waits with it.
pub fn signal(draft: &mut Draft<'_>, message: SignalMessage) -> Result<(), Rejection> {
    signal_from(draft, message, None)
}

/// The same, where the sender may be a run.
pub(super) fn signal_from(
    draft: &mut Draft<'_>,
    message: SignalMessage,
    sender: Option<Box<WorkflowExecution>>,
) -> Result<(), Rejection> {
    if record(draft, message, sender)? {
        draft.follow_up();
    }
    Ok(())
}

/// The same of a signal that came with a start: a first workflow task that waits is given at once.
pub fn signal_with_start(draft: &mut Draft<'_>, message: SignalMessage) -> Result<(), Rejection> {
    if record(draft, message, None)? {
        draft.follow_up_at_once();
    }
    Ok(())
}

/// Records a signal unless it was before; says whether it has.
fn record(
    draft: &mut Draft<'_>,
    message: SignalMessage,
    sender: Option<Box<WorkflowExecution>>,
) -> Result<bool, Rejection> {
    let state = draft.state();
    if state
        .rare()
        .signal_request_ids
        .contains(&message.request_id)
    {
        return Ok(false);
    }
    state.check_open()?;
    message.check()?;
    if state.signal_count() >= limits::SIGNALS_MAX {
        return Err(Rejection::TooManySignals {
            limit: limits::SIGNALS_MAX,
        });
    }
    draft.record(workflow_execution::Signaled {
        external_workflow_execution: sender,
        ..message.into()
    });
    Ok(true)
}
