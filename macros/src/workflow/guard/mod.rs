//! The guard of `#[handlers]`: refuses what workflow code cannot do again on replay.
//!
//! A macro sees names and no types, so the guard goes by how a thing is written: through paths,
//! through imports inside a body, and through the few methods whose name says enough. What is
//! imported outside of the block is known by its last segments, `Instant::now`; a path that begins
//! at `crate`, `self` or `super` is the author's own and means no harm.
//!
//! `rule` is the table of what is refused, `scope` says what a path stands for, `token` reads the
//! arguments of macros, `allowance` takes the ways round it off the code, and `walk` goes through
//! all bodies. What is found does not keep the block from being expanded, so it is the only thing
//! that the author is told.
//!
//! Absent on purpose: functions outside of the block, and types. The lints of the guide's
//! `clippy.toml` and replay itself are there for those.

mod allowance;
mod finding;
mod rule;
mod scope;
mod token;
mod walk;

pub(super) use self::{finding::report, walk::find};
