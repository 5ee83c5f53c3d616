//! The roster: of each run the few things that it is found by, in memory, so that most of a store need
//! not be read to find some of its runs.
//!
//! It stands in blocks, in the order of the ids of the runs, and each block in columns. A block says
//! quickly that none of its runs passes a [`Sieve`](crate::visibility::Sieve); of the others each run
//! is asked. A run takes some 80 bytes.
//!
//! A roster is cheap to clone, and a clone stays as it is: blocks are shared until one of them changes.
//!
//! Absent on purpose: whatever a list shows. That is read from the store, and with it whether a run
//! passes in the end, so a roster may let a run pass that does not, and never the other way round.

mod block;
mod kind;
mod packed;
mod plan;
mod roster;
mod row;

pub(crate) use self::roster::{Roster, Span};
pub(super) use self::row::mark_of;
