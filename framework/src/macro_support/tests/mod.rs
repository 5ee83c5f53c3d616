//! What the macros make of workflows, activities and errors, run as the engine runs it.

mod activity;
mod failure;
mod handle;
mod noting;
mod workflow;
