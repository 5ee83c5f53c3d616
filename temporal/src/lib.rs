//! Exchanges histories with Temporal: its proto3 JSON and its protobuf, both ways.
//!
//! [`TemporalHistory`] is the whole of it. Read from JSON or protobuf, it keeps every attribute
//! that Temporal defines and gives all of them back; [`TemporalHistory::history`] is what sempre
//! makes of it, for the grammar and for replay. Made from a history of sempre, it says in Temporal's
//! words everything that sempre knows.
//!
//! ```text
//! JSON ◀──▶ TemporalHistory ──▶ sempre's History
//! protobuf ◀──▶   (lossless)    ◀──
//! ```
//!
//! Absent on purpose: any talk to a Temporal cluster. What is exchanged is files.

pub mod cli;
mod descriptor;
mod error;
mod event;
mod field;
mod history;
mod json;

pub use self::{
    error::{ExportError, ExportReason, ImportError, ImportReason},
    history::TemporalHistory,
};

#[cfg(test)]
mod tests;

/// The crate's front page, so that what it shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
