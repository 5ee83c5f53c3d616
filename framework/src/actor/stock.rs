//! How a shard stands, for whoever looks after the engine.

/// How a shard stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct ShardStock {
    /// Executions in memory.
    pub resident: usize,
    /// Of these, executions that are leaving it.
    pub leaving: usize,
    /// Executions that wait for a deadline.
    pub deadlines: usize,
    /// Transitions that are not durable yet.
    pub unwritten: u64,
}
