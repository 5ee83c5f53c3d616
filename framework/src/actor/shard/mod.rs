//! The shard actor: one thread's executions, found, loaded, woken, evicted and rebuilt.

mod chain;
mod child;
mod delete;
mod deliver;
mod fault;
mod message;
mod replace;
mod reset;
mod retain;
mod shard;
mod start;
mod wake;

pub(super) use self::shard::ShardNote;
pub(crate) use self::{
    shard::{Shard, ShardConfig},
    wake::RecoveredRun,
};
#[cfg(test)]
pub(super) use self::{
    start::{Admission, admit},
    wake::wakes,
};
