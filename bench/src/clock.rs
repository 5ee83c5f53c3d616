//! The machine's clocks, which a benchmark may read and the framework may not.

use std::time::{Instant, SystemTime};

use sempre::Timestamp;

/// The present of the machine's steady clock.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// The present of the machine's calendar, which is what timers are set by.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub fn wall() -> Timestamp {
    SystemTime::now().into()
}
