//! Unit tests of slots, rates and throttled reports.

mod conduct;
mod heartbeat;
mod lane;
mod progress;
mod slot;
