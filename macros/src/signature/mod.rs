//! What the signatures of handlers and activities have in common.
//!
//! Both take at most a receiver, a context and one input, and return a value or a `Result`.

mod check;
mod model;
mod parse;

pub(crate) use self::{
    check::{check, owned_input},
    model::{Call, Returned, Takes},
    parse::{First, Subject, has_parameter, mentions_context},
};
