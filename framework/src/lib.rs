//! Durable workflows as event-sourced actors.

extern crate self as sempre;

pub mod activity;
#[cfg(feature = "runtime")]
pub mod actor;
#[cfg(feature = "runtime")]
pub mod client;
pub mod clock;
pub mod definition;
#[cfg(feature = "runtime")]
pub mod dispatch;
pub mod engine;
pub mod model;
#[cfg(feature = "runtime")]
mod panic;
#[cfg(feature = "runtime")]
pub mod runtime;
pub mod storage;
#[cfg(feature = "runtime")]
pub mod supervision;
#[cfg(feature = "testing")]
pub mod testing;
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
#[cfg(feature = "runtime")]
pub use crate::{
    client::{WorkflowFailure, WorkflowHandle},
    runtime::Engine,
};
