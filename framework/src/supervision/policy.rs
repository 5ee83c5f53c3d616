//! When a broken execution is rebuilt, and when it is given up.

use std::time::Duration;

use crate::model::Timestamp;

/// How often and how soon a broken execution is rebuilt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RestartPolicy {
    /// The wait before the first rebuild. Default: 100 ms; doubles with each fault.
    pub initial_backoff: Duration,
    /// The longest wait. Default: 10 s.
    pub maximum_backoff: Duration,
    /// Faults in a row after which the execution is quarantined. Default: 5.
    pub maximum_faults: u32,
    /// The time without a fault after which the count begins anew. Default: 10 min.
    pub forgive_after: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            initial_backoff: Duration::from_millis(100),
            maximum_backoff: Duration::from_secs(10),
            maximum_faults: 5,
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
    pub last_at: Timestamp,
}

/// What to do about a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Rebuild the execution from its records.
    Rebuild {
        /// Not before this time.
        at: Timestamp,
    },
    /// Leave it alone.
    Quarantine,
}

impl RestartPolicy {
    /// Counts a fault and says what to do about it.
    #[must_use]
    pub fn decide(&self, faults: Faults, now: Timestamp) -> (Faults, Verdict) {
        let forgiven = now.since(faults.last_at) >= self.forgive_after;
        let count = if forgiven {
            1
        } else {
            faults.count.saturating_add(1)
        };
        let faults = Faults {
            count,
            last_at: now,
        };
        if count >= self.maximum_faults {
            return (faults, Verdict::Quarantine);
        }
        let doublings = (count - 1).min(31);
        let backoff = self.initial_backoff.saturating_mul(1 << doublings);
        (
            faults,
            Verdict::Rebuild {
                at: now.after(backoff.min(self.maximum_backoff)),
            },
        )
    }
}
