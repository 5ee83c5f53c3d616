//! The replay check: whether workflow code still says to a history what the history says.
//!
//! A history is told to its program twice over. Once as a whole, as a recovery does; and once up to
//! each workflow task that was completed, to a program that begins anew each time, so that each
//! answer is given with nothing but history behind it. Every answer has to be the recorded one.
//!
//! [`check_recorded`] is the check for many and long histories, as production writes them: told twice
//! in all, instead of once a workflow task.
//!
//! Pure: it needs a history and the code, and no engine.

mod answer;
mod check;
mod error;
mod field;
mod recorded;

pub use self::{
    check::{ReplaySummary, check, check_program},
    error::{ReplayError, ReplayMismatch},
    recorded::{Comparison, check_recorded},
};
