//! Exchanges histories with Temporal, its proto3 JSON and its protobuf, and replays them in CI.
//!
//! [`TemporalHistory`] is the exchange. Read from JSON or protobuf, it keeps every attribute
//! that Temporal defines and gives all of them back; [`TemporalHistory::history`] is what sempre
//! makes of it, for the grammar and for replay. Made from a history of sempre, it says in Temporal's
//! words everything that sempre knows.
//!
//! ```text
//! JSON ◀──▶ TemporalHistory ──▶ sempre's History
//! protobuf ◀──▶   (lossless)    ◀──
//! ```
//!
//! [`Replayer`] tells files of histories to the code that is about to be deployed, and [`golden`]
//! keeps the histories of tests in such files.
//!
//! Absent on purpose: any talk to a Temporal cluster. What is exchanged is files.

mod descriptor;
mod error;
mod event;
mod field;
mod file;
pub mod golden;
mod history;
mod history_folder;
mod json;
mod replayer;
mod stored;

pub use self::{
    error::{ExportError, ExportReason, ImportError, ImportReason},
    file::{HistoryFileError, read_named as read_histories},
    history::TemporalHistory,
    history_folder::{HistoryFolder, HistoryFolderError},
    replayer::{
        Replay, ReplayCounts, ReplayFilesError, ReplayOutcome, ReplayReport, Replayer, Verdict,
        WorkflowCounts,
    },
};

#[cfg(test)]
mod tests;

/// The crate's front page, so that what it shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guide to the replayer, which belongs to the library and cannot be compiled there.
#[cfg(doctest)]
#[doc = include_str!("../../framework/docs/guide/replaying-in-ci.md")]
struct ReplayingInCi;
