//! A part of the time that a run takes, to be looked at more closely.

use std::time::Duration;

use sempre::Timestamp;

use super::Row;

/// The shortest part that is looked at.
const SHORTEST: Duration = Duration::from_millis(1);

/// From one moment to a later one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Range {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Range {
    /// Where the one is before the other, and as far from it as can be seen.
    pub(crate) fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (to.since(from) >= SHORTEST).then_some(Self { from, to })
    }

    /// All of these rows; what is open goes on until now.
    pub(crate) fn of(rows: &[Row<'_>], now: Timestamp) -> Self {
        let from = rows.iter().map(|row| row.began).min();
        let to = rows.iter().map(|row| row.ended.unwrap_or(now)).max();
        let from = from.unwrap_or(now);
        Self {
            from,
            to: to.unwrap_or(now).max(from),
        }
    }

    /// The row as far as it lies in the range, if it does; one that is open goes on until now.
    pub(crate) fn part<'h>(self, row: &Row<'h>, now: Timestamp) -> Option<Row<'h>> {
        let ended = row.ended.unwrap_or(now);
        let is_in = row.began <= self.to && ended >= self.from;
        is_in.then(|| Row {
            began: row.began.max(self.from),
            ended: Some(ended.min(self.to)).filter(|_| row.ended.is_some() || ended > self.to),
            ..row.clone()
        })
    }

    pub(crate) fn length(self) -> Duration {
        self.to.since(self.from)
    }

    /// The same with as much again on both sides together, within another one.
    pub(crate) fn wider(self, whole: Self) -> Self {
        let more = self.length() / 2;
        Self {
            from: self.from.before(more).max(whole.from),
            to: self.to.after(more).min(whole.to),
        }
    }

    /// As much time before it, half of which it has itself.
    pub(crate) fn earlier(self, whole: Self) -> Option<Self> {
        let from = self.from.before(self.length() / 2).max(whole.from);
        let moved = self.from.since(from);
        let range = Self::new(from, from.after(self.length()));
        range.filter(|_| !moved.is_zero())
    }

    /// As much time after it, half of which it has itself.
    pub(crate) fn later(self, whole: Self) -> Option<Self> {
        let to = self.to.after(self.length() / 2).min(whole.to);
        let moved = to.since(self.to);
        let range = Self::new(to.before(self.length()), to);
        range.filter(|_| !moved.is_zero())
    }
}
