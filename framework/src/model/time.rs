//! A point in time, as a value: floors 0 and 1 are told the time, they never ask for it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in time in nanoseconds since the Unix epoch, in UTC.
///
/// Arithmetic saturates at the year 2554, so adding an endless duration is safe.
///
/// # Examples
/// ```
/// use sempre::Timestamp;
/// use std::time::Duration;
///
/// let noon = Timestamp::from_secs(12 * 3_600);
/// let later = noon.after(Duration::from_secs(90));
/// assert_eq!(later.since(noon), Duration::from_secs(90));
/// assert_eq!(later.to_string(), "1970-01-01T12:01:30.000Z");
///
/// // To and from the times of others; with the feature `jiff`, also `jiff::Timestamp`.
/// let other = std::time::SystemTime::from(later);
/// assert_eq!(Timestamp::from(other), later);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The Unix epoch; also "never set" in stored attributes.
    pub const EPOCH: Self = Self(0);
    /// The last point in time that can be expressed.
    pub const MAX: Self = Self(u64::MAX);

    /// The point this many nanoseconds after the epoch.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The point this many seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// This point moved later by `duration`.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// This point moved earlier by `duration`, but not before the epoch.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(nanos))
    }

    /// The time from `earlier` to this point; zero if `earlier` is in fact later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// A time before 1970 becomes the epoch, and one after the year 2554 becomes [`Timestamp::MAX`].
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self::EPOCH.after(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_nanos(time.0)
    }
}

/// A time before 1970 becomes the epoch, and one after the year 2554 becomes [`Timestamp::MAX`].
#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        let nanos = time.as_nanosecond().max(0);
        u64::try_from(nanos).map_or(Self::MAX, Self)
    }
}

#[cfg(feature = "jiff")]
impl From<Timestamp> for jiff::Timestamp {
    fn from(time: Timestamp) -> Self {
        // Invariant: its years reach to 9999, so each of ours is in range.
        Self::from_nanosecond(time.0.into()).unwrap_or(Self::MAX)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_rfc3339_millis((*self).into()).fmt(f)
    }
}

impl std::fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
