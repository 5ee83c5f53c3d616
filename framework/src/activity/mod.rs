//! Floor 2: what activity authors use.
//!
//! An activity is ordinary code with ordinary effects. It learns about its attempt, and reports
//! progress, through an [`ActivityContext`].
//!
//! Absent on purpose: when and where an attempt runs. That is `dispatch`, floors above.

mod cancellation;
mod context;
mod control;
mod hand_over;
mod implementation;
mod progress;
mod runner;

pub use self::{
    cancellation::ActivityCancellation,
    context::{ActivityContext, ActivityInfo, AttemptPort},
    control::ControlInbox,
    hand_over::{CompleteAsync, until_handed_over},
    implementation::{
        ActivityCode, ActivityImplementation, ActivityRegistry, ActivitySet, AsyncActivity,
        BlockingActivity, IntoActivitySet,
    },
    runner::AttemptRunner,
};
