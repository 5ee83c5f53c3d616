//! Floor 1: what authors, callers and macros agree on about a workflow and its messages.
//!
//! A definition is a type that carries a name and the types that belong to it, so that a call is
//! checked by the compiler and the name appears only where it meets the wire. The macros write
//! these implementations; nothing stops a person from writing them (see the example
//! `without_macros`).
//!
//! Absent on purpose: how a handler is run. That is `workflow` and `activity`, a floor up.

mod activity;
mod application_failure;
mod failure;
mod failure_types;
mod message;
mod workflow;

pub use self::{
    activity::{Activity, ByFunction, ByValue, NamesActivity},
    application_failure::{ApplicationFailure, OrFailure},
    failure::Failure,
    failure_types::{FailureTypeConflict, FailureTypes},
    message::{Query, Signal, Update},
    workflow::{Workflow, WorkflowSignature},
};
