//! The context: a workflow's view of its run.
//!
//! What it can ask for, what runs beside other code, what ends early, how it goes on as another run, which way of a patch it
//! takes, what it says about its run and what it can look up are files of one type. Invariant:
//! nothing here differs in a replay but `is_replaying`.

mod cancellation;
mod concurrency;
mod context;
mod continue_as_new;
mod facts;
mod patch;
mod property;

pub use self::context::WorkflowContext;
