//! Floor 1: the two pure machines.
//!
//! `execution` is the authority on one run: messages in, transitions out. `replay` is the program
//! side: history in, commands out. They meet in two values, the workflow task and its completion
//! ([`task`]), and in nothing else.
//!
//! Everything here is plain data and functions of data: time, ids and seeds are arguments.
//!
//! Absent on purpose: clocks, threads, randomness, futures, stores and actors.

pub mod execution;
pub mod replay;
pub mod task;
