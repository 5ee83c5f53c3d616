//! Unit tests of slots, rates and throttled reports.

mod conduct;
mod heartbeat;
#[cfg(shuttle)]
mod interleaving;
mod lane;
mod limit;
mod line;
mod progress;
mod slot;
