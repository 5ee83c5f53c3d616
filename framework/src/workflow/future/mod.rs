//! The futures of workflow code: each stands for one operation, and gives it up when dropped.
//!
//! All of them begin when they are made, not when they are first polled, and all of them are fused,
//! so that `select` takes them as they are. [`Timeout`] asks for its timer when it is first polled, behind
//! what it limits. [`Foreign`] stands for no operation: it makes a future
//! of the user's known; and [`ContinueAsNew`] ends the run when it is polled.

mod activity;
mod activity_progress;
mod cancel_requested;
mod child;
mod continue_as_new;
mod external;
mod foreign;
mod local_activity;
mod sleep;
mod timeout;
mod wait_until;

pub use self::{
    activity::ActivityHandle,
    activity_progress::ActivityProgress,
    cancel_requested::CancelRequested,
    child::{ChildHandle, ChildResult, StartChild},
    continue_as_new::ContinueAsNew,
    external::ExternalMessage,
    foreign::Foreign,
    local_activity::LocalActivityHandle,
    sleep::Sleep,
    timeout::{TimedOut, Timeout},
    wait_until::{WaitUntil, WaitUntilTimeout},
};
