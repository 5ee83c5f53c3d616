//! Floor 5: the activity dispatcher. Slots, rate limits, attempts in flight, heartbeats.
//!
//! A *task queue* is shared by all shards: it knows which activity types it can run and how many
//! attempts may run at once, and it hands out slots in the order they were asked for. The attempts
//! of a shard's executions run on its own thread, so an async activity costs no thread hop; a
//! blocking one runs on a pool, and goes on there if the thread is given up. What attempts put off comes as mail to the shard's *dispatcher*
//! actor, from whichever thread; what a queue puts off, its *alarm* does.
//!
//! Absent on purpose: retries and timeouts. They are decided by `machine::execution`, which tells
//! the dispatcher which attempts to run and which to forget.

mod alarm;
mod attempt;
mod blocking;
mod dispatcher;
mod handle;
mod heartbeat;
mod in_flight;
mod lane;
mod line;
mod queue;
mod rate;
mod reporter;
mod shard_route;
mod slot;
mod waiting;

// What the builder of an engine takes is public, by way of `runtime`.
pub(crate) use self::{
    blocking::BlockingPool,
    handle::DispatcherHandle,
    in_flight::InFlight,
    lane::LaneSlots,
    queue::{TaskQueues, TaskQueuesBuilder},
};
pub use self::{queue::TaskQueueOptions, rate::RateLimit};

#[cfg(test)]
mod tests;
