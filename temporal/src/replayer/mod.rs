//! The replayer: recorded histories, told to the code that is about to be deployed.
//!
//! ```text
//! paths ─▶ folder ─▶ files ─▶ check, side by side ─▶ ReplayReport ─▶ text, JSON, exit code
//! ```
//!
//! [`Replayer`] is built with the workflows of a program. It gives a report to a test, or is all of
//! the `main` of a program for CI. One bad file stops nothing: it is counted, and the next is read.
//!
//! A store is such a place as well: its open runs are what a deployment has to go on with.
//!
//! Absent on purpose: an engine. What is replayed is read and nothing is run.

mod arguments;
mod check;
mod error;
mod folder;
mod outcome;
mod print;
mod printable;
mod program;
mod replayer;
mod report;
mod store;

pub use self::{
    error::ReplayFilesError,
    outcome::{Replay, ReplayOutcome},
    replayer::Replayer,
    report::{ReplayCounts, ReplayReport, Verdict, WorkflowCounts},
};

#[cfg(test)]
mod tests;
