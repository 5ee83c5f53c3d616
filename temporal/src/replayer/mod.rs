//! The replayer: recorded histories, told to the code that is about to be deployed.
//!
//! ```text
//! paths ─▶ folder ─▶ files ─▶ check, side by side ─▶ ReplayReport ─▶ text, JSON, exit code
//! ```
//!
//! [`Replayer`] is built with the workflows of a program. It gives a report to a test, or is all of
//! the `main` of a program for CI. One bad file stops nothing: it is counted, and the next is read.
//!
//! Absent on purpose: a store. What is replayed is files, so that CI needs nothing else.

mod arguments;
mod check;
mod error;
mod folder;
mod outcome;
mod print;
mod program;
mod replayer;
mod report;

pub use self::{
    error::ReplayFilesError,
    outcome::{Replay, ReplayOutcome},
    replayer::Replayer,
    report::{ReplayCounts, ReplayReport, Verdict},
};

#[cfg(test)]
mod tests;
