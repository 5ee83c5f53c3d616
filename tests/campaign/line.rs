//! What is said between the parent, who asks, and the child, who is killed: a line of JSON each.
//!
//! Asking again is always allowed, and is how a parent finds out what became of a request whose
//! acknowledgement never came: all ids follow from the request.

use std::error::Error;

use serde::{Deserialize, Serialize};

/// What the parent asks for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// See a trip through.
    Trip(u32),
    /// Send a trip the signal with this number.
    Cheer(u32, u32),
    /// Send a trip its update.
    Tell(u32),
    /// See a run through that is to be reset.
    Again(u32),
    /// Reset it for the so-manieth time, and see the new run through.
    Reset(u32, u32),
    /// Open a board.
    Board(u32),
    /// Close it.
    Close(u32),
    /// Write something large down, and have it given back.
    Chit(u32),
    /// Delete a chit.
    Tear(u32),
    /// Have a bulk job send its number to all boards.
    Post(u32),
    /// Have a bulk job delete all chits that have closed.
    Sweep(u32),
    /// Do what an operator does.
    Set(Setting),
    /// Create the schedule.
    Schedule,
    /// Delete it.
    Unschedule,
    /// Take a backup.
    Backup(u32),
    /// Wait until no chit is left.
    Expire,
    /// Wait until everything in the payload storage was looked at that was there at the start.
    Swept,
}

/// What an operator can set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Setting {
    /// Nothing of the bank's queue begins.
    PauseQueue,
    /// It goes on.
    UnpauseQueue,
    /// The bank's queue runs one attempt at a time.
    LimitQueue,
    /// It runs as many as the code says.
    RestoreQueue,
    /// No trip begins a workflow task.
    PauseType,
    /// They go on.
    UnpauseType,
}

/// What of it is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct InForce {
    pub(crate) queue_paused: bool,
    pub(crate) queue_limited: bool,
    pub(crate) type_paused: bool,
}

impl InForce {
    /// The same after this.
    pub(crate) fn after(mut self, setting: Setting) -> Self {
        match setting {
            Setting::PauseQueue => self.queue_paused = true,
            Setting::UnpauseQueue => self.queue_paused = false,
            Setting::LimitQueue => self.queue_limited = true,
            Setting::RestoreQueue => self.queue_limited = false,
            Setting::PauseType => self.type_paused = true,
            Setting::UnpauseType => self.type_paused = false,
        }
        self
    }
}

/// What the child says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The engine has started, with these settings.
    Ready(InForce),
    /// What takes a while is recorded; with the id of the run, where there is one.
    Begun(Request, String),
    /// It is done; with what there is to say about it.
    Done(Request, String),
    /// It was refused, because its run is paused, or it is not known what became of it, because the disk
    /// is not as it should be.
    Refused(Request),
    /// Something has come to what it must not, whatever the disk does.
    Wrong(String),
    /// The engine can do nothing more.
    Failed(String),
}

/// A line that says this.
pub(crate) fn write(what: &impl Serialize) -> Result<String, Box<dyn Error>> {
    Ok(serde_json::to_string(what)?)
}

/// What a line says.
pub(crate) fn read<T: for<'l> Deserialize<'l>>(line: &str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))
}
