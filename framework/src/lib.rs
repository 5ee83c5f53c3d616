//! Durable workflows as event-sourced actors.

extern crate self as sempre;

pub mod activity;
pub mod definition;
pub mod engine;
pub mod model;
pub mod storage;
pub mod workflow;

#[doc(hidden)]
#[path = "macro_support/mod.rs"]
pub mod __macro_support;
mod macros;

pub use crate::{
    activity::ActivityContext,
    definition::{ApplicationFailure, Failure, Workflow},
    macros::{Failure, Workflow, activities, activity, handlers},
    workflow::{ActivityError, Canceled, CancellationType, WaitError, WorkflowContext},
};
