//! Admit an update: whether it is a new one, and whether the run takes it.
//!
//! An update that is admitted is nowhere but in memory. It becomes a part of the run when the program
//! accepts it, in a workflow task; see `complete_workflow_task`.

use crate::{
    machine::execution::{Draft, ExecutionState, Rejection, UpdateProgress, check},
    model::{event::update, limits},
};

/// What an update that may be asked for is to the run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Admission {
    /// One of this id was accepted before, and is not carried out again.
    Known(UpdateProgress),
    /// One of this id is to be carried out again after a reset, and waits for a workflow task.
    Waits,
    /// It can be handed to the program.
    New,
}

/// That everything is given and nothing too large.
pub(super) fn check_update(request: &update::Request) -> Result<(), Rejection> {
    check::name("update id", request.update_id.as_str())?;
    check::name("update name", request.name.as_str())?;
    check::optional_name("identity", request.identity.as_str())?;
    check::header(&request.header)?;
    check::payloads("update input", &request.input)
}

/// Says whether the run takes an update. Changes nothing.
///
/// One that was accepted before is known also when the run has closed meanwhile, and whatever it
/// asks this time.
pub fn admit_update(
    state: &ExecutionState,
    request: &update::Request,
) -> Result<Admission, Rejection> {
    if let Some(known) = state.update(&request.update_id) {
        return Ok(Admission::Known(known.clone()));
    }
    state.check_open()?;
    check_update(request)?;
    if state.admitted_update(&request.update_id).is_some() {
        return Ok(Admission::Waits);
    }
    if state.is_paused() {
        return Err(Rejection::Paused {
            what: "workflow execution",
        });
    }
    if state.update_count() >= limits::UPDATES_MAX {
        return Err(Rejection::TooManyUpdates {
            limit: limits::UPDATES_MAX,
        });
    }
    if state.updates_in_flight() >= limits::UPDATES_IN_FLIGHT_MAX {
        return Err(Rejection::TooManyUpdatesInFlight {
            limit: limits::UPDATES_IN_FLIGHT_MAX,
        });
    }
    Ok(Admission::New)
}

/// Sees to it that there is a workflow task, which the update can be handed over with.
pub fn schedule_update(draft: &mut Draft<'_>) -> Result<(), Rejection> {
    draft.state().check_open()?;
    draft.follow_up_at_once();
    Ok(())
}
