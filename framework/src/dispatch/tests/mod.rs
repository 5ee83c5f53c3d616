//! Unit tests of slots, rates and throttled heartbeats.

mod heartbeat;
mod lane;
mod slot;
