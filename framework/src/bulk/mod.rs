//! Floor 7: bulk jobs, which do one thing to all runs that pass a filter.
//!
//! ```text
//! BulkJobHandle ──start, update, query──▶ job (a workflow) ──▶ ledger (pure): what next?
//!                                              │    ▲
//!                                   find, act (activities), each with what came of it
//! ```
//!
//! A bulk job is a workflow of the engine's own, under a reserved id and type, so it survives whatever
//! workflows survive. It first finds its runs, page by page, and then acts on them, some at a time. What
//! it has found and what came of it stands in the histories of its runs (`record`), and its `ledger`
//! knows where; so however many runs a job is about, little of it is in memory. Decision record 0039
//! says why.

mod act;
mod activity;
mod description;
mod error;
mod handle;
mod job;
mod ledger;
mod operation;
mod record;
mod request;
mod results;
mod spec;
mod verdict;

pub(crate) use self::{activity::add_activities, job::BulkJob};

pub use self::{
    description::{BulkFailure, BulkJobDescription, BulkJobPause, BulkJobState},
    error::{BulkError, InvalidBulk},
    handle::BulkJobHandle,
    operation::BulkOperation,
    request::{Bulk, BulkPreview, StartBulk},
    results::{BulkOutcome, BulkResult, BulkResults},
};

#[cfg(test)]
mod tests;
