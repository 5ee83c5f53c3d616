//! What a clock shows at one moment: both values together.

use std::time::Duration;

use crate::model::Timestamp;

/// A point in time of this process, which nobody can set.
///
/// Nanoseconds since a moment that is the same for the whole process. Arithmetic saturates after
/// 584 years.
///
/// # Examples
/// ```
/// use sempre::clock::MonotonicTime;
/// use std::time::Duration;
///
/// let start = MonotonicTime::default();
/// let later = start.after(Duration::from_secs(90));
/// assert_eq!(later.since(start), Duration::from_secs(90));
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct MonotonicTime(u64);

impl MonotonicTime {
    /// The last point in time that can be expressed.
    pub const MAX: Self = Self(u64::MAX);

    /// The point this many nanoseconds after that moment.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since that moment.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// This point moved later by `duration`.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// The time from `earlier` to this point; zero if `earlier` is in fact later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// What a clock shows at one moment; and, as a deadline, what it is to show.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Reading {
    /// The wall clock, which may be set.
    pub wall: Timestamp,
    /// The monotonic clock, which may not.
    pub monotonic: MonotonicTime,
}

impl Reading {
    /// A deadline by the monotonic clock alone.
    pub const fn monotonic_only(monotonic: MonotonicTime) -> Self {
        Self {
            wall: Timestamp::MAX,
            monotonic,
        }
    }

    /// What is shown this much later, unless the wall clock is set or the machine is suspended.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self {
            wall: self.wall.after(duration),
            monotonic: self.monotonic.after(duration),
        }
    }

    /// Whether a deadline has come: either value has reached that of the deadline.
    ///
    /// The wall value brings it when the clock was put forward or the machine slept, the monotonic
    /// one when the clock was put back.
    pub fn has_reached(self, deadline: Self) -> bool {
        self.remaining(deadline).is_zero()
    }

    /// How long it is to a deadline, if nobody sets the wall clock.
    pub fn remaining(self, deadline: Self) -> Duration {
        let wall = deadline.wall.since(self.wall);
        wall.min(deadline.monotonic.since(self.monotonic))
    }
}
