//! Unit tests of slots, rates and throttled heartbeats.

mod conduct;
mod heartbeat;
mod lane;
mod slot;
