//! When a broken execution is rebuilt, and when it is given up.

use std::time::Duration;

use crate::clock::MonotonicTime;

/// How often and how soon a broken execution is rebuilt.
///
/// # Examples
/// ```
/// use sempre::supervision::RestartPolicy;
/// use std::time::Duration;
///
/// let patient = RestartPolicy::default().max_faults(20).max_interval(Duration::from_secs(60));
/// assert_eq!(patient.initial_interval, Duration::from_millis(100));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RestartPolicy {
    /// The wait before the first rebuild. Default: 100 ms; doubles with each fault.
    pub initial_interval: Duration,
    /// The longest wait. Default: 10 s.
    pub max_interval: Duration,
    /// Faults in a row after which the execution is quarantined. Default: 5.
    pub max_faults: u32,
    /// The time without a fault after which the count begins anew. Default: 10 min.
    pub forgive_after: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            initial_interval: Duration::from_millis(100),
            max_interval: Duration::from_secs(10),
            max_faults: 5,
            forgive_after: Duration::from_secs(600),
        }
    }
}

/// The recent faults of one execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// How many there were in a row.
    pub count: u32,
    /// When the last one was.
    pub last_at: MonotonicTime,
}

/// What to do about a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Rebuild the execution from its records.
    Rebuild {
        /// After this much time.
        after: Duration,
    },
    /// Leave it alone.
    Quarantine,
}

impl RestartPolicy {
    /// The same policy with this wait before the first rebuild.
    #[must_use]
    pub fn initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = interval;
        self
    }

    /// The same policy with this longest wait.
    #[must_use]
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// The same policy that quarantines an execution after this many faults in a row; at least 1.
    #[must_use]
    pub fn max_faults(mut self, faults: u32) -> Self {
        self.max_faults = faults.max(1);
        self
    }

    /// The same policy that begins to count anew after this time without a fault.
    #[must_use]
    pub fn forgive_after(mut self, quiet: Duration) -> Self {
        self.forgive_after = quiet;
        self
    }

    /// Counts a fault and says what to do about it.
    #[must_use]
    pub fn decide(&self, faults: Faults, now: MonotonicTime) -> (Faults, Verdict) {
        let forgiven = now.since(faults.last_at) >= self.forgive_after;
        let before = if forgiven { 0 } else { faults.count };
        let count = before.saturating_add(1);
        let faults = Faults {
            count,
            last_at: now,
        };
        if count >= self.max_faults {
            return (faults, Verdict::Quarantine);
        }
        let doublings = (count - 1).min(31);
        let backoff = self.initial_interval.saturating_mul(1 << doublings);
        (
            faults,
            Verdict::Rebuild {
                after: backoff.min(self.max_interval),
            },
        )
    }
}
