//! What the macros make of activities and errors, run as the engine runs it.

mod activity;
mod failure;
