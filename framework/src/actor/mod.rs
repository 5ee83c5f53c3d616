//! Floor 4: the actors. Shards, the executions they own, and the committer they share.
//!
//! A shard is one thread. It owns every execution whose workflow id hashes to it, so that nothing
//! an execution touches needs a lock. An execution is an actix actor: each message of its mailbox
//! is decided by `machine::execution`, becomes one transition, and is handed to the committer; what
//! the transition causes is released once it is durable.
//!
//! Absent on purpose: how activities are run (`dispatch`, through [`port`]), who the callers are
//! (`client`), and which store it is (`storage`).

pub(crate) mod committer;
mod deadline;
mod durable_mark;
mod execution;
mod expiry;
mod failure;
mod gate;
mod known_entry;
mod local_inbox;
mod log_line;
mod message;

mod os_thread;
mod outbound;
mod peer;
mod pipeline;
pub(crate) mod port;
mod problem;
mod recency;
mod refusal;
mod replacement;
mod request_load;
mod reset;
mod residency;
mod retention;
mod run_id;
mod service;
mod shard;
mod stock;
mod summary;
mod timeline;
mod unattended;
mod update_waiters;
mod user_data;
mod watch;

// What a request and its answer are made of is public, by way of `client`.
pub(crate) use self::{
    durable_mark::DurableMark,
    execution::{UNFINISHED, read_events, read_state},
    failure::FailureNote,
    gate::{Gate, Gates},
    known_entry::known_entry,
    local_inbox::{LocalAttempt, LocalEnd, LocalInbox, LocalKey, LocalStart},
    message::{AttemptReport, ExecutionRequest, Reply, ShardMail, SlotOffer},
    os_thread::OsThread,
    peer::PeerPort,
    request_load::{CountedMail, RequestLimits, RequestLoad},
    retention::RetentionServices,
    run_id::RunNumbers,
    service::{ShardOptions, ShardServices},
    shard::{RecoveredRun, Shard, ShardConfig},
    watch::{RunningCode, ThreadWatch, UserCode, WatchBell, Watched, WatchedAttempt},
};
pub use self::{
    message::{Description, Reach, StartRequest, Started, Target, UpdateAnswer, UpdateStand},
    refusal::{Outage, Refusal, RequestOutcome},
};

#[cfg(test)]
mod tests;
