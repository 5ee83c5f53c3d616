//! Cron schedules: when the next run of an execution begins.
//!
//! | text | begins |
//! |---|---|
//! | `30 8 * * MON-FRI` | at the minutes that five fields name: minute, hour, day, month, day of week |
//! | `CRON_TZ=Europe/Vienna 30 8 * * *` | the same by the clocks of a place; without it, by UTC |
//! | `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` | at the first minute of the hour, day, … |
//! | `@every 90s` | so long after the last run could begin, and so on, whatever that run takes |
//!
//! A run that takes longer than the schedule's interval misses a turn. How long a run waits is rounded
//! up to whole seconds, as in Temporal; the turn after that is counted from when it could begin.
//!
//! Time zones are data that the library for times brings along or finds on the machine. What is
//! decided is recorded as the backoff of the run's first workflow task, so nothing is decided twice.

use std::time::Duration;

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};

use crate::{
    machine::execution::{Rejection, check},
    model::Timestamp,
};

/// The shortest interval that `@every` takes.
const EVERY_MIN: Duration = Duration::from_secs(1);
const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// A time at which every schedule has times before it. Invariant: schedules repeat within years.
const LONG_AGO: Timestamp = Timestamp::from_secs(1_700_000_000);

/// A schedule that has been understood.
#[derive(Debug)]
pub(crate) enum Schedule {
    /// At certain minutes.
    Table(Box<Crontab>),
    /// At certain intervals.
    Every(Duration),
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// [`Rejection::CronSchedule`] that says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, Rejection> {
        let text = text.trim();
        let refused = |problem: String| Rejection::CronSchedule { problem };
        if let Some(interval) = text.strip_prefix("@every ") {
            let interval = humantime::parse_duration(interval.trim())
                .map_err(|error| refused(format!("interval of @every: {error}")))?;
            return Ok(Self::Every(whole_seconds(interval).max(EVERY_MIN)));
        }
        let (zone, fields) = zone(text);
        let fields = match fields {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            fields => fields,
        };
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::UTC;
        // A zone behind the fields is no part of this spelling.
        if fields.split_whitespace().count() != 5 {
            return Err(refused(format!(
                "five fields are expected: minute, hour, day of month, month, day of week \
                 schedule={text:?}"
            )));
        }
        // `?` says that a field does not matter, as an asterisk does.
        let fields = format!("{} {zone}", fields.replace('?', "*"));
        let table = parse_crontab_with(fields.trim(), options)
            .map_err(|error| refused(one_line(&error.to_string())))?;
        Ok(Self::Table(Box::new(table)))
    }

    /// Reads a schedule that may be none, and sees to it that it begins a run at some time.
    ///
    /// # Errors
    /// [`Rejection::CronSchedule`] that says what is wrong with it.
    pub(super) fn checked(text: &str) -> Result<Option<Self>, Rejection> {
        if text.is_empty() {
            return Ok(None);
        }
        check::optional_name("cron schedule", text)?;
        let schedule = Self::read(text)?;
        // One that never begins a run is refused here, and not at some close.
        schedule.backoff(LONG_AGO, LONG_AGO)?;
        Ok(Some(schedule))
    }

    /// How long a run waits that begins now, after one that could begin at `last`.
    ///
    /// # Errors
    /// [`Rejection::CronSchedule`] if the schedule has no further time, within four years.
    pub(super) fn backoff(&self, last: Timestamp, now: Timestamp) -> Result<Duration, Rejection> {
        let next = match self {
            Self::Every(interval) => next_interval(*interval, last, now),
            // A minute that begins right now counts.
            Self::Table(table) => {
                next_minute(table, last.max(now.before(Duration::from_nanos(1))))?
            }
        };
        Ok(round_up(next.since(now)))
    }
}

#[cfg(feature = "runtime")]
impl Schedule {
    /// The first minute of the table after this time; `None` if there is none within four years, and
    /// of a schedule that is no table.
    pub(crate) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(_) => None,
            Self::Table(table) => next_minute(table, after).ok(),
        }
    }
}

/// The time zone that a schedule names, and the rest of it.
fn zone(text: &str) -> (&str, &str) {
    let named = text
        .strip_prefix("CRON_TZ=")
        .or_else(|| text.strip_prefix("TZ="));
    let named = named.and_then(|named| named.split_once(char::is_whitespace));
    named.map_or(("", text), |(zone, fields)| (zone, fields.trim()))
}

/// The first turn at or after `now`, where turns follow `last` in these intervals.
fn next_interval(interval: Duration, last: Timestamp, now: Timestamp) -> Timestamp {
    let last = Timestamp::from_nanos(last.as_nanos() / NANOS_PER_SECOND * NANOS_PER_SECOND);
    let nanos = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
    let passed = now.as_nanos().saturating_sub(last.as_nanos());
    let turns = passed.div_ceil(nanos).max(1);
    last.after(Duration::from_nanos(nanos.saturating_mul(turns)))
}

fn next_minute(table: &Crontab, after: Timestamp) -> Result<Timestamp, Rejection> {
    let found = MakeTimestamp::from_nanosecond(after.as_nanos().into())
        .and_then(|after| table.find_next(after));
    let found = found.map_err(|error| Rejection::CronSchedule {
        problem: one_line(&error.to_string()),
    })?;
    let nanos = u64::try_from(found.timestamp().as_nanosecond()).unwrap_or_default();
    Ok(Timestamp::from_nanos(nanos))
}

fn whole_seconds(interval: Duration) -> Duration {
    Duration::from_secs(interval.as_secs())
}

fn round_up(wait: Duration) -> Duration {
    let up = u64::from(wait.subsec_nanos() > 0);
    Duration::from_secs(wait.as_secs().saturating_add(up))
}

/// A report of several lines in one.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
