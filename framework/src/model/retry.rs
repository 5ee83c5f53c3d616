//! When a failed attempt is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often, how far apart and after which failures an activity is attempted again.
///
/// The interval after attempt *n* is `initial_interval` × `backoff`^(*n*−1), at most
/// `max_interval`. There is no jitter.
///
/// # Examples
/// ```
/// use sempre::RetryPolicy;
/// use std::time::Duration;
///
/// let policy = RetryPolicy::default()
///     .initial_interval(Duration::from_millis(200))
///     .max_attempts(5)
///     .non_retryable("Declined");
/// assert_eq!(policy.backoff, 2.0);
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryPolicy {
    /// The interval after the first attempt. Default: 1 s.
    pub initial_interval: Duration,
    /// The factor from one interval to the next. Default: 2.0; at least 1.0.
    pub backoff: f64,
    /// The longest interval; `None` is 100 × `initial_interval`. Default: `None`.
    pub max_interval: Option<Duration>,
    /// How many attempts are made in all; 0 is no limit. Default: 0.
    pub max_attempts: u32,
    /// Types of application failure that are not tried again. Default: none.
    pub non_retryable: Vec<String>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            initial_interval: Duration::from_secs(1),
            backoff: 2.0,
            max_interval: None,
            max_attempts: 0,
            non_retryable: Vec::new(),
        }
    }
}

impl RetryPolicy {
    /// The policy that makes one attempt and no other.
    #[must_use]
    pub fn none() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// The same policy with at most this many attempts; 0 is no limit.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The same policy with this interval after the first attempt.
    #[must_use]
    pub fn initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = interval;
        self
    }

    /// The same policy with this factor from one interval to the next.
    #[must_use]
    pub fn backoff(mut self, coefficient: f64) -> Self {
        self.backoff = coefficient;
        self
    }

    /// The same policy with this longest interval.
    #[must_use]
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = Some(interval);
        self
    }

    /// The same policy that also gives up on application failures of this type.
    #[must_use]
    pub fn non_retryable(mut self, error_type: impl Into<String>) -> Self {
        self.non_retryable.push(error_type.into());
        self
    }
}
