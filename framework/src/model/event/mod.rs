//! History events: what happened to a run, with the numbers and attributes Temporal gives them.
//!
//! One file per family of events. Attributes are structs with all fields defaulted, so that a
//! field appended by a later release reads as its default from an earlier record.

pub mod activity_task;
pub mod child_workflow;
mod event;
pub mod external_workflow;
pub mod foreign;
pub mod property;
pub mod timer;
pub mod update;
pub mod workflow_execution;
pub mod workflow_task;

pub use self::event::{EventAttributes, EventType, HistoryEvent};
