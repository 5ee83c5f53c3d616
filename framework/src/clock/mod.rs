//! Where time enters: the only port that everything above the engine asks for it.
//!
//! Time is two values, read together. The *wall clock* is what histories say and what durable
//! deadlines mean, but anybody may set it, in either direction. The *monotonic clock* only runs
//! forward, but it is known to this process alone and may stand while the machine is suspended.
//!
//! * What outlives the process goes by the wall clock: timers, backoffs and timeouts of runs. Setting
//!   the clock back does not stop them; decision record 0015 has the details.
//! * What only this process waits for or limits goes by the monotonic clock: rates, heartbeat
//!   throttling, rebuilds of broken executions, grace periods.

mod clock;
mod reading;

pub use self::{
    clock::{Clock, MAX_LATENESS, SharedClock},
    reading::{MonotonicTime, Reading},
};

#[cfg(test)]
mod tests;
