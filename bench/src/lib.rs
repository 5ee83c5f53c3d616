//! Measures what durable steps cost, beside what the disk alone costs in the same run.
//!
//! A *scenario* is a kind of work, a *subject* is a system in one durability mode that does it.
//! [`run`] takes each scenario at each size through each subject, and reports the figures side by
//! side. Every measurement is taken in a process of its own, so that none inherits the memory, the
//! threads or the cache of the one before:
//!
//! ```text
//! conductor ──▶ child process ──▶ subject ──▶ scenario ──▶ Measurement
//!     └──▶ report: medians over the runs, as a table, as JSON, as plots
//! ```
//!
//! The library is the program but for its subjects: `sempre-bench` brings Sempre, and
//! `bench/peers`, a workspace of its own, adds others.

mod allocator;
pub mod child;
mod clock;
pub mod command_line;
mod conductor;
mod disk;
pub mod measurement;
mod progress;
pub mod report;
mod resources;
pub mod scenario;
pub mod subject;

pub use self::{
    clock::{now, wall},
    conductor::run,
    resources::Resources,
};

/// What can fail here fails for one reader, who mends it and starts again.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[cfg(test)]
mod tests;
