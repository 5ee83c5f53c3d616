//! Steer: what operators do about a run that is open, or about its activities.

use crate::machine::execution::{
    Draft, Rejection,
    decide::{
        Pause, PauseActivity, ResetActivity, Unpause, UnpauseActivity, UpdateActivityOptions,
        pause, pause_activity, reset_activity, unpause, unpause_activity, update_activity_options,
    },
};

/// What an operator wants to be done.
#[derive(Clone, PartialEq, Debug)]
pub enum Steer {
    /// The run is to pause.
    Pause(Pause),
    /// The run is to go on.
    Unpause(Unpause),
    /// An activity is to pause.
    PauseActivity(PauseActivity),
    /// An activity is to go on.
    UnpauseActivity(UnpauseActivity),
    /// The attempts of an activity are to be counted anew.
    ResetActivity(ResetActivity),
    /// An activity is to have other options.
    UpdateActivityOptions(UpdateActivityOptions),
}

/// Does what an operator wants to be done.
pub fn steer(draft: &mut Draft<'_>, message: Steer) -> Result<(), Rejection> {
    match message {
        Steer::Pause(message) => pause(draft, message),
        Steer::Unpause(message) => unpause(draft, message),
        Steer::PauseActivity(message) => pause_activity(draft, message),
        Steer::UnpauseActivity(message) => unpause_activity(draft, &message),
        Steer::ResetActivity(message) => reset_activity(draft, &message),
        Steer::UpdateActivityOptions(message) => update_activity_options(draft, message),
    }
}
