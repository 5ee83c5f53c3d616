//! A limit within a task queue: of an activity type, of each fairness key, or of each key of a type.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{clock::MonotonicTime, dispatch::RateLimit, model::ActivityType};

/// How much of a task queue some of its activities may have.
///
/// Those that have to wait for one hold up nobody else in line. One without a maximum and without a rate
/// only counts, for [`describe`](crate::operator::TaskQueueHandle::describe) to show. Activities without a
/// [fairness key](crate::model::Priority::fairness_key) share one, the empty one.
///
/// # Examples
/// ```
/// use sempre::{TaskQueueOptions, runtime::AttemptLimit};
///
/// // The bank takes ten calls at once, and four of each tenant in all.
/// let options = TaskQueueOptions::default()
///     .limit(AttemptLimit::of("charge").max_concurrent_attempts(10))
///     .limit(AttemptLimit::all().per_key().max_concurrent_attempts(4));
/// assert_eq!(options.limits.len(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AttemptLimit {
    /// The type of the activities that it is about; `None` for all of the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_type: Option<ActivityType>,
    /// Whether each fairness key has so much, or all of them together.
    pub is_per_key: bool,
    /// Attempts that run at the same time, at least 1. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrent_attempts: Option<usize>,
    /// Attempts that start per second. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

impl AttemptLimit {
    /// A limit of all activities of a queue.
    pub fn all() -> Self {
        Self::default()
    }

    /// A limit of the activities of a type.
    pub fn of(activity_type: impl Into<ActivityType>) -> Self {
        Self {
            activity_type: Some(activity_type.into()),
            ..Self::default()
        }
    }

    /// The same limit for each fairness key by itself.
    #[must_use]
    pub fn per_key(mut self) -> Self {
        self.is_per_key = true;
        self
    }

    /// The same limit with at most this many attempts at once; at least 1.
    #[must_use]
    pub fn max_concurrent_attempts(mut self, max: usize) -> Self {
        self.max_concurrent_attempts = Some(max.max(1));
        self
    }

    /// The same limit with at most this many starts a second, evenly spaced after a burst.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Whether it is about activities of this type.
    pub(super) fn is_about(&self, activity_type: &ActivityType) -> bool {
        let of = self.activity_type.as_ref();
        of.is_none_or(|of| of == activity_type)
    }
}

/// How far a rate is used up: the time from which on the next start is paid for.
///
/// The generic cell rate algorithm. A rate that is asked whether it allows a start is not used up by
/// that, so several can be asked before one is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pace {
    paid_until: MonotonicTime,
}

impl Pace {
    /// When the next start is allowed.
    pub(super) fn ready_at(self, limit: RateLimit) -> MonotonicTime {
        let ahead = interval(limit).saturating_mul(limit.burst.get() - 1);
        let ahead = u64::try_from(ahead.as_nanos()).unwrap_or(u64::MAX);
        MonotonicTime::from_nanos(self.paid_until.as_nanos().saturating_sub(ahead))
    }

    /// Uses up a start.
    pub(super) fn start(&mut self, limit: RateLimit, now: MonotonicTime) {
        self.paid_until = self.paid_until.max(now).after(interval(limit));
    }

    /// Gives back a start that nobody has made.
    pub(super) fn give_back(&mut self, limit: RateLimit) {
        let one = u64::try_from(interval(limit).as_nanos()).unwrap_or(u64::MAX);
        self.paid_until = MonotonicTime::from_nanos(self.paid_until.as_nanos().saturating_sub(one));
    }

    /// Whether it is as if nothing had been started.
    pub(super) fn is_over(self, now: MonotonicTime) -> bool {
        self.paid_until <= now
    }
}

fn interval(limit: RateLimit) -> Duration {
    Duration::from_secs(1) / limit.per_second.get()
}
