//! Unit tests of slots, rates and throttled reports.

mod conduct;
mod heartbeat;
mod lane;
mod limit;
mod line;
mod progress;
mod slot;
