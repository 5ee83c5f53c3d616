//! Stories that were told to a Temporal server, told to sempre: the histories have to be the same.
//!
//! The server's histories lie in the folder of shared test data, `SEMPRE_SHARED` or `shared` beside
//! the project; without it nothing is compared, and the tests say so. What counts is in `compare`,
//! and a module says which of its stories are not told.

mod activity;
mod async_activity;
mod cancel;
mod chain;
mod child;
mod compare;
mod external;
mod later;
mod local;
mod outside;
mod patch;
mod pause;
mod policy;
mod process;
mod program;
mod props;
mod reset;
mod schedule;
mod story;
mod update;
mod update_program;
