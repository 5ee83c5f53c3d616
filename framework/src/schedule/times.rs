//! The times of a schedule: which comes next, and which specs have none. Pure.
//!
//! A calendar asks each moment what the clocks of its zone show then. So a time that is skipped when
//! they are put forward never comes, and one that is shown twice comes twice; cron texts do the same.
//! The search goes from moment to moment, skips what cannot match, and never steps over a change of
//! the clocks, whatever the minute at which they change.
//!
//! All times are whole seconds.

use std::time::Duration;

use jiff::{ToSpan as _, Zoned, tz::TimeZone};

use crate::{
    machine::execution::CronSchedule,
    model::Timestamp,
    schedule::{Calendar, CalendarField, Interval, InvalidSchedule, ScheduleSpec},
};

/// Bound: steps from one time to the next. A day is a step, so this is more than a hundred years.
const STEPS_MAX: usize = 40_000;
/// Bound: times that are skipped in a row because they are excluded; a day is one, so this is ten
/// years.
const EXCLUDED_MAX: usize = 4_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// The last year that is looked at; no timestamp reaches much further.
const YEAR_MAX: u16 = 2_500;

/// The times of a spec that makes sense.
#[derive(Debug)]
pub(super) struct Times {
    zone: TimeZone,
    calendars: Vec<Calendar>,
    exclusions: Vec<Calendar>,
    crons: Vec<CronSchedule>,
    /// Interval and phase in seconds.
    intervals: Vec<(u64, u64)>,
    /// The first second that counts.
    first: u64,
    /// The last second that counts.
    last: u64,
    jitter: Duration,
}

impl Times {
    /// Understands a spec.
    ///
    /// # Errors
    /// [`InvalidSchedule`] that names the field.
    pub(super) fn of(spec: &ScheduleSpec) -> Result<Self, InvalidSchedule> {
        let mut intervals = Vec::new();
        for interval in &spec.intervals {
            intervals.push(seconds(interval)?);
        }
        let mut crons = Vec::new();
        for text in &spec.crons {
            match text.trim().strip_prefix("@every ") {
                Some(every) => intervals.push(read_every(every)?),
                None => crons.push(read_cron(text, &spec.time_zone)?),
            }
        }
        for calendar in &spec.calendars {
            check("calendars", calendar)?;
        }
        for calendar in &spec.exclusions {
            check("exclusions", calendar)?;
        }
        if let (Some(start), Some(end)) = (spec.start_at, spec.end_at)
            && end < start
        {
            let problem = format!("is before start_at={start} end_at={end}");
            return Err(InvalidSchedule::new("end_at", problem));
        }
        let second = |at: Timestamp| at.as_nanos() / NANOS_PER_SECOND;
        let first = spec
            .start_at
            .map_or(0, |at| at.as_nanos().div_ceil(NANOS_PER_SECOND));
        Ok(Self {
            zone: zone(&spec.time_zone)?,
            calendars: spec.calendars.clone(),
            exclusions: spec.exclusions.clone(),
            crons,
            intervals,
            first,
            last: second(spec.end_at.unwrap_or(Timestamp::MAX)),
            jitter: spec.jitter,
        })
    }

    /// The first time after this one.
    pub(super) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let mut after = after.as_nanos() / NANOS_PER_SECOND;
        if let Some(before_first) = self.first.checked_sub(1) {
            after = after.max(before_first);
        }
        // Bound: each turn passes a time that is excluded, and as much behind it as surely is, too.
        for _ in 0..EXCLUDED_MAX {
            let next = self.next_included(after)?;
            if next > self.last {
                return None;
            }
            match self.end_of_exclusion(next) {
                Some(end) => after = end,
                None => return Some(Timestamp::from_secs(next)),
            }
        }
        None
    }

    /// When the action of a time is carried out: the time, and what chance adds to it.
    pub(super) fn jittered(&self, schedule_id: &str, time: Timestamp) -> Timestamp {
        let room = self.next(time).map_or(self.jitter, |next| next.since(time));
        let jitter = self.jitter.min(room);
        let mut hashed = schedule_id.as_bytes().to_vec();
        hashed.extend(time.as_nanos().to_be_bytes());
        let share = f64::from(crc32fast::hash(&hashed)) / (f64::from(u32::MAX) + 1.0);
        time.after(jitter.mul_f64(share))
    }

    /// The first time after this second, whether it is excluded or not.
    fn next_included(&self, after: u64) -> Option<u64> {
        let intervals = self.intervals.iter().map(|(every, phase)| {
            let turns = (after + every).saturating_sub(*phase) / every;
            turns * every + phase
        });
        let calendars = self.calendars.iter();
        let calendars = calendars.filter_map(|it| next_match(it, &self.zone, after));
        let crons = self.crons.iter().filter_map(|cron| {
            let next = cron.next(Timestamp::from_secs(after))?;
            Some(next.as_nanos() / NANOS_PER_SECOND)
        });
        intervals.chain(calendars).chain(crons).min()
    }

    /// The last second up to which everything is excluded from this one on, if this one is.
    fn end_of_exclusion(&self, second: u64) -> Option<u64> {
        let ends = self.exclusions.iter().filter_map(|calendar| {
            let shown = shown(&self.zone, second)?;
            let passed = step_from(calendar, &shown);
            if !passed.is_match {
                return None;
            }
            let all = [&calendar.hour, &calendar.minute, &calendar.second];
            let unit = if all.iter().all(|field| field.is_all()) {
                Unit::Day
            } else if calendar.minute.is_all() && calendar.second.is_all() {
                Unit::Hour
            } else if calendar.second.is_all() {
                Unit::Minute
            } else {
                return Some(second);
            };
            Some(behind(&self.zone, &shown, unit)?.saturating_sub(1))
        });
        ends.max()
    }
}

/// What a search skips at once.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// What a calendar says of a moment.
struct Step {
    is_match: bool,
    /// The unit in which nothing else can match, if it is no match.
    skip: Unit,
}

/// The first moment after a second that matches a calendar.
fn next_match(calendar: &Calendar, zone: &TimeZone, after: u64) -> Option<u64> {
    let last_year = calendar.year.values().last().copied().unwrap_or(YEAR_MAX);
    let mut second = after + 1;
    // Bound: each step goes on by a second at least, nearly all by a day or more.
    for _ in 0..STEPS_MAX {
        let shown = shown(zone, second)?;
        if unsigned(shown.year()) > last_year.min(YEAR_MAX) {
            return None;
        }
        let step = step_from(calendar, &shown);
        if step.is_match {
            return Some(second);
        }
        second = behind(zone, &shown, step.skip)?;
    }
    None
}

/// What the clocks of a zone show at a second.
fn shown(zone: &TimeZone, second: u64) -> Option<Zoned> {
    let moment = jiff::Timestamp::from_second(i64::try_from(second).ok()?).ok()?;
    Some(moment.to_zoned(zone.clone()))
}

fn step_from(calendar: &Calendar, shown: &Zoned) -> Step {
    let weekday = unsigned(shown.weekday().to_sunday_zero_offset());
    let fits_weekday =
        calendar.day_of_week.has(weekday) || (weekday == 0 && calendar.day_of_week.has(7));
    let fits_day = calendar.day_of_month.has(unsigned(shown.day())) && fits_weekday;
    let fields = [
        (calendar.year.has(unsigned(shown.year())), Unit::Year),
        (calendar.month.has(unsigned(shown.month())), Unit::Month),
        (fits_day, Unit::Day),
        (calendar.hour.has(unsigned(shown.hour())), Unit::Hour),
        (calendar.minute.has(unsigned(shown.minute())), Unit::Minute),
        (calendar.second.has(unsigned(shown.second())), Unit::Second),
    ];
    let misfit = fields.into_iter().find(|(fits, _)| !fits);
    Step {
        is_match: misfit.is_none(),
        skip: misfit.map_or(Unit::Second, |(_, unit)| unit),
    }
}

/// The first second behind the unit that a moment is in, or the next change of the clocks if that
/// comes before.
fn behind(zone: &TimeZone, shown: &Zoned, unit: Unit) -> Option<u64> {
    let now = shown.timestamp().as_second();
    let of_minute = i64::from(shown.second());
    let of_hour = i64::from(shown.minute()) * 60 + of_minute;
    let next = match unit {
        Unit::Second => now + 1,
        Unit::Minute => now + 60 - of_minute,
        Unit::Hour => now + 3_600 - of_hour,
        Unit::Day | Unit::Month | Unit::Year => {
            let date = match unit {
                Unit::Year => shown.date().last_of_year(),
                Unit::Month => shown.date().last_of_month(),
                _ => shown.date(),
            };
            let next = date.checked_add(1.day()).ok()?;
            // A day that a place leaves out begins where the one after it does.
            let midnight = next.to_zoned(zone.clone()).ok()?.start_of_day().ok()?;
            midnight.timestamp().as_second()
        }
    };
    // The clocks show a day again only if they are put back, which is a change behind this moment.
    let change = zone.following(shown.timestamp()).next();
    let change = change.map_or(next, |change| change.timestamp().as_second());
    let next = next.min(change).max(now + 1);
    u64::try_from(next).ok()
}

/// A value of a field of a date. Invariant: none that is looked at is negative.
fn unsigned<T>(value: T) -> u16
where
    u16: TryFrom<T>,
{
    u16::try_from(value).unwrap_or_default()
}

fn zone(name: &str) -> Result<TimeZone, InvalidSchedule> {
    if name.is_empty() {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|_| {
        let problem =
            format!("is unknown, one is expected such as Europe/Vienna time_zone={name:?}");
        InvalidSchedule::new("time_zone", problem)
    })
}

fn read_cron(text: &str, zone: &str) -> Result<CronSchedule, InvalidSchedule> {
    let trimmed = text.trim();
    let names_zone = trimmed.starts_with("CRON_TZ=") || trimmed.starts_with("TZ=");
    let in_zone = if zone.is_empty() || names_zone {
        trimmed.to_owned()
    } else {
        format!("CRON_TZ={zone} {trimmed}")
    };
    CronSchedule::read(&in_zone)
        .map_err(|rejection| InvalidSchedule::new("crons", format!("{rejection} cron={text:?}")))
}

/// The interval of `@every`, without a phase.
fn read_every(text: &str) -> Result<(u64, u64), InvalidSchedule> {
    let every = humantime::parse_duration(text.trim());
    let every = every
        .map_err(|error| InvalidSchedule::new("crons", format!("interval of @every: {error}")))?;
    seconds(&Interval::every(every))
        .map_err(|invalid| InvalidSchedule::new("crons", invalid.problem))
}

/// Interval and phase in seconds.
fn seconds(interval: &Interval) -> Result<(u64, u64), InvalidSchedule> {
    let Interval { every, phase } = interval;
    let is_whole = |it: &Duration| it.subsec_nanos() == 0;
    let problem = if every.as_secs() == 0 {
        "is shorter than one second"
    } else if !is_whole(every) || !is_whole(phase) {
        "is not in whole seconds"
    } else if phase >= every {
        "has a phase that is not shorter than itself"
    } else if u32::try_from(every.as_secs()).is_err() {
        "is longer than a hundred years"
    } else {
        return Ok((every.as_secs(), phase.as_secs()));
    };
    let problem = format!("{problem} interval={every:?} phase={phase:?}");
    Err(InvalidSchedule::new("intervals", problem))
}

/// That each value is one that its field can have.
fn check(list: &'static str, calendar: &Calendar) -> Result<(), InvalidSchedule> {
    let bounds: [(&str, &CalendarField, u16, u16); 7] = [
        ("second", &calendar.second, 0, 59),
        ("minute", &calendar.minute, 0, 59),
        ("hour", &calendar.hour, 0, 23),
        ("day_of_month", &calendar.day_of_month, 1, 31),
        ("month", &calendar.month, 1, 12),
        ("year", &calendar.year, 1_970, YEAR_MAX),
        ("day_of_week", &calendar.day_of_week, 0, 7),
    ];
    for (name, field, min, max) in bounds {
        let misfit = field.values().iter().find(|it| !(min..=max).contains(it));
        if let Some(value) = misfit {
            let problem = format!("{name} is from {min} to {max} value={value}");
            return Err(InvalidSchedule::new(list, problem));
        }
    }
    Ok(())
}
