//! What the code that the macros write calls, so that it has no logic of its own.
//!
//! Not a part of the public face: only macros of the same release use it. Whoever writes a
//! definition by hand implements the traits of `definition`, `activity` and `workflow` directly.

mod activity;
mod failure;
mod handle;
mod signature;
mod test;
mod workflow;

pub use std::{
    convert::Infallible, future::Future, marker::Send, option::Option, result::Result, sync::Arc,
    time::Duration, vec::Vec,
};

pub use futures::future::LocalBoxFuture;

pub use self::{
    activity::{async_activity, blocking_activity, declare_failure_types},
    failure::{FailureReader, FailureWriter},
    signature::{
        ContextParameter, IsInput, IsValue, Outcome, OutcomeKind, ParameterKind, SingleParameter,
        never_compiled,
    },
    test::{TestResult, assert_passed},
    workflow::{
        answer_query, begin_signal, begin_update, check_update_input, handle_signal, handle_update,
        run, state_without_init_handler, validate_update,
    },
};
pub use crate::__typed_handle as typed_handle;

#[cfg(test)]
mod tests;
