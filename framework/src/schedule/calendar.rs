//! Calendars: the moments at which the clocks of a place show certain values.

use std::ops::{RangeFull, RangeInclusive};

use serde::{Deserialize, Serialize};

/// Moments by what the clocks of a place show: the fields of date and time, each with the values that
/// it may have.
///
/// By itself it means every midnight. A time that the clocks skip when they are put forward does not
/// come on that day, and one that they show twice when they are put back comes twice.
///
/// # Examples
/// ```
/// use sempre::schedule::Calendar;
///
/// // Half past eight on working days, and every ten minutes of the first night of a year.
/// let morning = Calendar::default().hour(8).minute(30).day_of_week(1..=5);
/// let night = Calendar::default().month(1).day_of_month(1).hour(0..=5).minute([0, 10, 20, 30, 40, 50]);
/// assert_ne!(morning, night);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Calendar {
    /// Seconds, 0 to 59. Default: 0.
    pub second: CalendarField,
    /// Minutes, 0 to 59. Default: 0.
    pub minute: CalendarField,
    /// Hours, 0 to 23. Default: 0.
    pub hour: CalendarField,
    /// Days of the month, 1 to 31. Default: all.
    pub day_of_month: CalendarField,
    /// Months, 1 to 12. Default: all.
    pub month: CalendarField,
    /// Years, 1970 to 2500. Default: all.
    pub year: CalendarField,
    /// Days of the week, 0 (Sunday) to 6; 7 is Sunday, too. Default: all.
    pub day_of_week: CalendarField,
}

impl Default for Calendar {
    fn default() -> Self {
        let zero = || CalendarField::from(0);
        let all = CalendarField::default;
        Self {
            second: zero(),
            minute: zero(),
            hour: zero(),
            day_of_month: all(),
            month: all(),
            year: all(),
            day_of_week: all(),
        }
    }
}

/// A setter for each field.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        impl Calendar {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self, values: impl Into<CalendarField>) -> Self {
                    self.$name = values.into();
                    self
                }
            )*
        }
    };
}

setters! {
    /// The same calendar at these seconds.
    second,
    /// The same calendar at these minutes.
    minute,
    /// The same calendar at these hours.
    hour,
    /// The same calendar on these days of the month; the 31st comes in months that have one.
    day_of_month,
    /// The same calendar in these months.
    month,
    /// The same calendar in these years.
    year,
    /// The same calendar on these days of the week; both they and the days of the month must fit.
    day_of_week,
}

/// The values that a field of a calendar may have: one, several, a range, or all (`..`).
///
/// # Examples
/// ```
/// use sempre::schedule::{Calendar, CalendarField};
///
/// let quarters = CalendarField::from(0..=59).step(15);
/// assert_eq!(Calendar::default().minute(quarters), Calendar::default().minute([0, 15, 30, 45]));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CalendarField {
    /// Ascending and each once; empty means all.
    values: Vec<u16>,
}

impl CalendarField {
    /// Every so many-th of these values, beginning with the first. Without effect on `..`.
    #[must_use]
    pub fn step(mut self, step: u16) -> Self {
        let step = usize::from(step.max(1));
        self.values = self.values.into_iter().step_by(step).collect();
        self
    }

    /// The values, ascending; none means all.
    pub fn values(&self) -> &[u16] {
        &self.values
    }

    /// Whether the field may have this value.
    pub(super) fn has(&self, value: u16) -> bool {
        self.is_all() || self.values.binary_search(&value).is_ok()
    }

    /// Whether nothing is asked of the field.
    pub(super) fn is_all(&self) -> bool {
        self.values.is_empty()
    }
}

impl From<u16> for CalendarField {
    fn from(value: u16) -> Self {
        Self {
            values: vec![value],
        }
    }
}

impl From<RangeInclusive<u16>> for CalendarField {
    fn from(values: RangeInclusive<u16>) -> Self {
        // Bound: no field has more values, and one beyond the bounds is enough to be refused.
        let values: Vec<u16> = values.take(1_024).collect();
        if values.is_empty() {
            // An empty range is a mistake, not everything: a value that no field has.
            return Self::from(u16::MAX);
        }
        Self { values }
    }
}

impl<const N: usize> From<[u16; N]> for CalendarField {
    fn from(values: [u16; N]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            return Self::from(u16::MAX);
        }
        Self { values }
    }
}

impl From<RangeFull> for CalendarField {
    fn from(_: RangeFull) -> Self {
        Self::default()
    }
}
