//! The committer: what makes transitions durable, a group at a time.
//!
//! Whatever waits when a flush begins shares that flush. Alone, a transition waits for nothing but
//! its own flush; there is no delay and no timer.
//!
//! A thread of its own does the writing, unless a shard has nothing else to do: then the shard's
//! thread writes by itself, which saves waking two threads for each step of a lone workflow.
//!
//! Shards number what they hand over (their *tickets*), and learn of a whole flush by one number
//! and one wake-up.

mod committer;
mod desk;
mod group;
mod line;
#[cfg(any(test, feature = "testing"))]
mod stepped;

pub(crate) use self::committer::{CommitHandle, Committer};
#[cfg(any(test, feature = "testing"))]
pub(crate) use self::stepped::SteppedCommitter;
