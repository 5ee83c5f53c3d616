//! Unit tests of the parts of a shard that need no actor.

mod admission;
mod committer;
mod deadline;
mod expiry;
#[cfg(shuttle)]
mod interleaving;
mod outbound;
mod pipeline;
mod problem;
mod recency;
mod run_id;
mod timeline;
mod wake;
mod watch;
mod writer;
