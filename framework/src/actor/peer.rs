//! The port to the executions of all shards: how a message gets from one run to another.

use futures::future::BoxFuture;

use crate::{actor::Refusal, machine::execution::Message};

/// The executions of all shards, as a run sees them that has something to say to them.
///
/// Implemented three floors up, where it is known which shard owns an execution.
pub(crate) trait PeerPort: Send + Sync {
    /// Brings a message to its receiver; answers once the receiver has handed over what it makes of
    /// it to be written. What the sender decides then is written later, or not at all.
    ///
    /// A refusal whose outcome is unknown, and one because of an outage, may be followed by the same
    /// message again. For a receiver that is damaged or in quarantine the answer comes when it is
    /// taken back, or ends.
    fn deliver(&self, message: Message) -> BoxFuture<'static, Result<(), Refusal>>;
}
