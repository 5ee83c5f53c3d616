//! Floor 4: the actors. Shards, the executions they own, and the committer they share.
//!
//! A shard is one thread. It owns every execution whose workflow id hashes to it, so that nothing
//! an execution touches needs a lock. An execution is an actix actor: each message of its mailbox
//! is decided by `engine::execution`, becomes one transition, and is handed to the committer; what
//! the transition causes is released once it is durable.
//!
//! Absent on purpose: how activities are run (`dispatch`, through [`port`]), who the callers are
//! (`client`), and which store it is (`storage`).

pub mod committer;
mod deadline;
mod durable_mark;
mod execution;
mod message;
mod pipeline;
pub mod port;
mod refusal;
mod residency;
mod service;
mod shard;
mod watch;

pub use self::{
    durable_mark::DurableMark,
    message::{
        AttemptOutcome, AttemptReport, Description, ExecutionRequest, Reply, ShardMail, SlotOffer,
        StartRequest, Started, Target,
    },
    refusal::Refusal,
    service::{ShardOptions, ShardServices},
    shard::{RecoveredRun, Shard, ShardConfig},
    watch::{ThreadWatch, WatchBell, Watched},
};

#[cfg(test)]
mod tests;
