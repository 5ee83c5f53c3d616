//! Terminate: the run is closed at once, without asking the program.

use crate::{
    machine::execution::{Draft, Rejection, check},
    model::{Identity, Payloads, event::workflow_execution, transition::RecordsLost},
};

/// Ends the run.
#[derive(Clone, PartialEq, Debug)]
pub struct Terminate {
    /// The reason given.
    pub reason: String,
    /// What the terminator has to say about it.
    pub details: Payloads,
    /// Who terminates.
    pub identity: Identity,
}

/// Closes the run, also in the middle of a workflow task.
pub fn terminate(draft: &mut Draft<'_>, message: Terminate) -> Result<(), Rejection> {
    terminate_damaged(draft, message, &[])
}

/// Closes a run of which these records cannot be read, and gives them up.
pub fn terminate_damaged(
    draft: &mut Draft<'_>,
    message: Terminate,
    lost: &[RecordsLost],
) -> Result<(), Rejection> {
    draft.state().check_open()?;
    check::text("reason of the termination", &message.reason)?;
    check::optional_name("identity", message.identity.as_str())?;
    check::payloads("details of the termination", &message.details)?;
    for lost in lost {
        draft.change(lost.clone());
    }
    draft.close_from_outside(workflow_execution::Terminated {
        reason: message.reason,
        details: message.details,
        identity: message.identity,
    });
    Ok(())
}
