//! Floor 7: what operators set while an engine runs, and the trail of what they have done.
//!
//! ```text
//! TaskQueueHandle, WorkflowTypeHandle ──▶ desk ──signal──▶ operator (a workflow): book of settings
//!                                          │
//!                                          └─ once that is durable ─▶ dispatcher, gates
//! ```
//!
//! The book is a workflow of the engine's own, under a reserved id, so it survives whatever workflows
//! survive. It is read from the store before an engine starts anything, so what was paused stays
//! paused. A change is in force once it is durable, and changes take turns. Decision record 0041 says
//! why.
//!
//! Absent on purpose: what a setting does. That is the dispatcher's, and that of the shards.

mod audit;
mod desk;
mod error;
mod keeper;
mod recover;
mod setting;
mod task_queue;
mod trail;
mod workflow_type;

pub(crate) use self::{
    desk::{OperatorDesk, SettingsPort},
    keeper::{Keeper, add_activities},
    recover::stored_settings,
    setting::{Setting, Settings},
    task_queue::{QueueView, describe_all},
    workflow_type::paused_types,
};

pub use self::{
    audit::AuditEntry,
    error::OperatorError,
    setting::PausedBy,
    task_queue::{LimitDescription, TaskQueueDescription, TaskQueueHandle},
    trail::{AuditPage, AuditToken, AuditTrail},
    workflow_type::WorkflowTypeHandle,
};

#[cfg(test)]
mod tests;
