//! When a schedule acts, as it is written down.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{model::Timestamp, schedule::Calendar};

/// When a schedule acts: at the times of all its calendars, cron texts and intervals together, each
/// time once, less its exclusions.
///
/// # Examples
/// ```
/// use sempre::schedule::{Calendar, ScheduleSpec};
/// use std::time::Duration;
///
/// let spec = ScheduleSpec::default()
///     .cron("0 8 * * MON-FRI")
///     .every(Duration::from_secs(6 * 3_600))
///     .except(Calendar::default().month(12).day_of_month(24..=26).hour(..).minute(..).second(..))
///     .time_zone("Europe/Vienna");
/// assert_eq!(spec.crons, ["0 8 * * MON-FRI"]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ScheduleSpec {
    /// Moments by what clocks show.
    pub calendars: Vec<Calendar>,
    /// The same in the words of cron; each may name a zone of its own.
    pub crons: Vec<String>,
    /// Moments that are so far apart.
    pub intervals: Vec<Interval>,
    /// Moments at which nothing is done.
    pub exclusions: Vec<Calendar>,
    /// No time before it counts.
    pub start_at: Option<Timestamp>,
    /// No time after it counts.
    pub end_at: Option<Timestamp>,
    /// By how much each action is put off at most. Default: not at all.
    pub jitter: Duration,
    /// Whose clocks calendars and cron texts go by; empty is UTC.
    pub time_zone: String,
}

/// Moments that are so far apart, counted from the beginning of 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// From one to the next, in whole seconds; at least one.
    pub every: Duration,
    /// By how much all of them are later, in whole seconds; less than the interval.
    pub phase: Duration,
}

impl Interval {
    /// Moments that are so far apart: of an hour, the full hours in UTC.
    pub fn every(every: Duration) -> Self {
        Self {
            every,
            phase: Duration::ZERO,
        }
    }

    /// The same moments, so much later.
    #[must_use]
    pub fn phase(mut self, phase: Duration) -> Self {
        self.phase = phase;
        self
    }
}

impl ScheduleSpec {
    /// The same times and those of this calendar.
    #[must_use]
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.calendars.push(calendar);
        self
    }

    /// The same times and those of this cron text, as
    /// [`StartWorkflow::cron`](crate::client::StartWorkflow::cron) takes it.
    ///
    /// `@every 90s` is an [`Interval`]: counted from the beginning of 1970, not from the last run.
    #[must_use]
    pub fn cron(mut self, text: impl Into<String>) -> Self {
        self.crons.push(text.into());
        self
    }

    /// The same times and those of this interval.
    #[must_use]
    pub fn interval(mut self, interval: Interval) -> Self {
        self.intervals.push(interval);
        self
    }

    /// The same times and one every so often, counted from the beginning of 1970; whole seconds, at
    /// least one.
    #[must_use]
    pub fn every(self, every: Duration) -> Self {
        self.interval(Interval::every(every))
    }

    /// The same times less those that this calendar has, by the clocks of the time zone.
    #[must_use]
    pub fn except(mut self, calendar: Calendar) -> Self {
        self.exclusions.push(calendar);
        self
    }

    /// The same times from this one on, itself included.
    #[must_use]
    pub fn start_at(mut self, start_at: Timestamp) -> Self {
        self.start_at = Some(start_at);
        self
    }

    /// The same times up to this one, itself included.
    #[must_use]
    pub fn end_at(mut self, end_at: Timestamp) -> Self {
        self.end_at = Some(end_at);
        self
    }

    /// The same times, each action put off by something between nothing and this, and never past the
    /// next time. How much follows from schedule and time.
    #[must_use]
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// The same times by the clocks of this place, such as `Europe/Vienna`.
    ///
    /// A time that the clocks skip when they are put forward does not come on that day, and one that
    /// they show twice when they are put back comes twice. Intervals do not look at clocks.
    #[must_use]
    pub fn time_zone(mut self, time_zone: impl Into<String>) -> Self {
        self.time_zone = time_zone.into();
        self
    }
}
