//! Floor 7: schedules, which start workflows at certain times.
//!
//! ```text
//! ScheduleHandle ──start, update, query──▶ scheduler (a workflow) ──▶ desk (pure): what next?
//!                                              │    ▲
//!                     plan, start, stop (activity)  └── signal: an action has ended
//! ```
//!
//! A schedule is a workflow of the engine's own, under a reserved id and type, so it survives whatever
//! workflows survive. What it does next is said by its `desk`, a value that knows no clock; which times
//! there are, by `times`, in an activity. Decision record 0028 says why.
//!
//! Absent on purpose: waiting for the runs that were started. They say when they end
//! (`machine::execution::schedule`).

mod activity;
mod calendar;
mod create;
mod description;
mod desk;
mod error;
mod handle;
mod invalid;
mod overlap;
mod schedule;
mod scheduler;
mod spec;
mod times;

pub(crate) use self::{activity::add_activities, scheduler::Scheduler};

pub use self::{
    calendar::{Calendar, CalendarField},
    create::CreateSchedule,
    description::{ConflictToken, ScheduleDescription, ScheduledAction},
    error::ScheduleError,
    handle::{ByHand, ScheduleHandle},
    invalid::InvalidSchedule,
    overlap::OverlapPolicy,
    schedule::{Schedule, ScheduledStart},
    spec::{Interval, ScheduleSpec},
};

#[cfg(test)]
mod tests;
