//! Local activities: run within the workflow task, retried there, and written when they have ended.

mod attempt;
mod task;
mod workflow;
