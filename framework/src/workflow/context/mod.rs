//! The context: a workflow's view of its run.
//!
//! What it can ask for, how it goes on as another run and what it can look up are three files of one
//! type. Invariant: nothing here
//! differs in a replay but `is_replaying`.

mod context;
mod continue_as_new;
mod facts;

pub use self::context::WorkflowContext;
