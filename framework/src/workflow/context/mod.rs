//! The context: a workflow's view of its run.
//!
//! What it can ask for, what ends that early, how it goes on as another run and what it can look up
//! are four files of one type. Invariant: nothing here differs in a replay but `is_replaying`.

mod cancellation;
mod context;
mod continue_as_new;
mod facts;

pub use self::context::WorkflowContext;
