//! Durable workflows as event-sourced actors.

extern crate self as sempre;

pub mod activity;
pub mod definition;
pub mod engine;
pub mod model;
pub mod storage;
#[cfg(feature = "testing")]
pub mod testing;
pub mod workflow;

pub use crate::{
    definition::{ApplicationFailure, Failure},
    workflow::{ActivityError, Canceled, CancellationType, WaitError, WorkflowContext},
};
