//! What goes wrong for callers: one type for each family of operations, each with the caller's
//! remedy.
//!
//! What every request can meet is a [`RequestError`], which each of them holds in a variant
//! `Request`; the variants beside it are the operation's own. All of them have an `outcome`: whether
//! the request may have taken effect.

mod activity;
mod delete;
mod list;
mod query;
mod request;
mod reset;
mod result;
mod resume;
mod retry;
mod signal;
mod start;
mod steer;
mod stop;
mod update;
mod update_with_start;

pub use self::{
    activity::ReportActivityError,
    delete::DeleteWorkflowError,
    list::ListRunsError,
    query::QueryWorkflowError,
    request::RequestError,
    reset::ResetWorkflowError,
    result::{ResultError, WorkflowFailure},
    resume::ResumeWorkflowError,
    retry::RetryNowError,
    signal::SignalWorkflowError,
    start::StartWorkflowError,
    steer::SteerWorkflowError,
    stop::StopWorkflowError,
    update::UpdateError,
    update_with_start::UpdateWithStartError,
};
