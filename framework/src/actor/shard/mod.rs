//! The shard actor: one thread's executions, found, loaded, woken, evicted and rebuilt.

mod deliver;
mod fault;
mod shard;
mod start;
mod wake;

#[cfg(all(test, feature = "testing"))]
pub(super) use self::start::{Admission, admit};
pub(super) use self::shard::ShardNote;
pub use self::{
    shard::{Shard, ShardConfig},
    wake::RecoveredRun,
};
