//! The futures of workflow code: each stands for one operation, and gives it up when dropped.
//!
//! All of them begin when they are made, not when they are first polled, and all of them are fused,
//! so that `select` takes them as they are.

mod activity;
mod cancel_requested;
mod sleep;
mod wait_until;

pub use self::{
    activity::ActivityHandle,
    cancel_requested::CancelRequested,
    sleep::Sleep,
    wait_until::{WaitUntil, WaitUntilTimeout},
};
