//! Floor 5: the activity dispatcher. Slots, rate limits, attempts in flight, heartbeats.
//!
//! A *task queue* is shared by all shards: it knows which activity types it can run and how many
//! attempts may run at once, and it hands out slots by priority, by fair shares, and in the order they
//! were asked for. An async
//! attempt runs on its shard's thread if its type has shown that it does not block, which costs no
//! thread hop, and on a thread apart if not; a blocking one runs on a pool. What attempts put off
//! comes as mail to the shard's *dispatcher* actor, from whichever thread; what a queue puts off,
//! its *alarm* does.
//!
//! Absent on purpose: retries and timeouts. They are decided by `machine::execution`, which tells
//! the dispatcher which attempts to run and which to forget.

mod alarm;
mod attempt;
mod attempt_threads;
mod blocking;
mod conduct;
mod dispatcher;
mod handle;
mod heartbeat;
mod in_flight;
mod lane;
mod limit;
mod line;
mod local;
mod observation;
mod progress;
mod queue;
mod quota;
mod rate;
mod reporter;
mod run;
mod shard_route;
mod slot;
mod turn;
mod waiting;

// What the builder of an engine takes is public, by way of `runtime`.
pub(crate) use self::{
    attempt_threads::AttemptThreads,
    blocking::BlockingPool,
    handle::DispatcherHandle,
    in_flight::InFlight,
    lane::LaneSlots,
    queue::{TaskQueues, TaskQueuesBuilder},
    quota::AccountLoad,
    run::ShardThread,
};
pub use self::{limit::AttemptLimit, queue::TaskQueueOptions, rate::RateLimit};

#[cfg(test)]
mod tests;
