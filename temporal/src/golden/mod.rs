//! Golden histories: what a test once recorded, kept in a file and held against it ever after.
//!
//! ```text
//! test ─▶ History ─▶ check ◀── golden file ─▶ Replayer, in CI
//!                      └─ BLESS=1 writes ──▲
//! ```
//!
//! A golden history is a recording, and stays one that replays: it keeps its run id, which random
//! numbers are seeded from, and its times. What differs from one recording to the next without
//! meaning anything is left out of the comparison, so a file is written anew only if something that
//! means something has changed.

mod check;
mod difference;
mod error;
mod normal;

pub use self::{
    check::{assert, check},
    difference::GoldenDifference,
    error::GoldenError,
};

#[cfg(test)]
mod tests;
