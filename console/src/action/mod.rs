//! What can be done here: each action by its name, with what it needs as fields.
//!
//! A form and a JSON request come to the same action, so the two cannot differ.

mod backup;
mod bulk;
mod input;
mod kind;
mod outcome;
mod pause;
mod queue;
mod reset;
mod run;
mod schedule;

pub(crate) use self::{
    bulk::{OPERATIONS as BULK_OPERATIONS, runs as bulk_runs},
    input::read_form_input,
    kind::ActionKind,
    outcome::ActionOutcome,
    reset::POINTS,
    schedule::OVERLAPS,
};
