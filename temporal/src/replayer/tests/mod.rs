//! Unit tests of the replayer.

mod bad_input;
mod fixture;
mod folder;
mod program;
mod replayer;
mod store;
