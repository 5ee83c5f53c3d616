//! The context: a workflow's view of its run.
//!
//! What it can ask for and what it can look up are two files of one type. Invariant: nothing here
//! differs in a replay but `is_replaying`.

mod context;
mod facts;

pub use self::context::WorkflowContext;
