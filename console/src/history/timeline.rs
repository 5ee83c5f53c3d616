//! Rows as bars over time, with the time in which nothing happens folded away.
//!
//! A run may wait a month between two steps of a second. Each stretch in which nothing begins or
//! ends is folded if it would leave the others no room, and marked.

use std::time::Duration;

use sempre::Timestamp;

use super::{Range, Row, RowKind};

/// Bars over time; places are parts of the width, from 0 to 1.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Timeline {
    /// One for each row, in their order.
    pub(crate) bars: Vec<Bar>,
    pub(crate) folds: Vec<Fold>,
    /// Places with the time since the beginning there.
    pub(crate) ticks: Vec<(f64, Duration)>,
    /// The stretches between the folds, in which something happened.
    pub(crate) stretches: Vec<Range>,
    /// The middle half of the width, if that is long enough to be looked at alone.
    pub(crate) middle: Option<Range>,
    /// Places with the moments there; between two of them time passes evenly. That of the last one is
    /// absent where it is now.
    pub(crate) corners: Vec<(f64, Option<Timestamp>)>,
}

/// A bar, from where the thing began to where it ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Bar {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// A stretch in which nothing happened.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Fold {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) lasted: Duration,
}

impl Timeline {
    /// The bars of these rows; those that are open go on until now.
    pub(crate) fn new(rows: &[Row<'_>], now: Timestamp) -> Self {
        let scale = Scale::new(rows, now);
        let bars = rows.iter().map(|row| Bar {
            from: scale.place(row.began),
            to: scale.place(row.ended.unwrap_or(now)),
        });
        Self {
            bars: bars.collect(),
            folds: scale.folds(),
            ticks: scale.ticks(),
            stretches: scale.stretches(),
            middle: Range::new(scale.moment(0.25), scale.moment(0.75)),
            corners: scale.corners(now),
        }
    }
}

/// Moments with their places, ascending.
struct Scale {
    stops: Vec<(Timestamp, f64)>,
    folded: Vec<bool>,
}

impl Scale {
    fn new(rows: &[Row<'_>], now: Timestamp) -> Self {
        let mut moments: Vec<Timestamp> = rows
            .iter()
            .flat_map(|row| {
                // A run is open for as long as it waits, so that it goes on is nothing new.
                let open_end = (row.kind != RowKind::Run).then_some(now);
                [Some(row.began), row.ended.or(open_end)]
            })
            .flatten()
            .collect();
        if rows.iter().any(|row| row.ended.is_none()) {
            moments.push(now);
        }
        moments.sort_unstable();
        moments.dedup();
        let spans: Vec<f64> = moments
            .windows(2)
            .map(|pair| match pair {
                [one, other] => other.since(*one).as_secs_f64(),
                _ => 0.0,
            })
            .collect();
        let (long, width) = folding(&spans);
        let folded: Vec<bool> = spans.iter().map(|span| *span >= long).collect();
        let widths = spans.iter();
        let widths = widths.map(|span| if *span >= long { width } else { *span });
        let total: f64 = widths.clone().sum();
        let total = if total > 0.0 { total } else { 1.0 };
        let mut at = 0.0;
        let mut stops = Vec::with_capacity(moments.len());
        let mut widths = widths;
        for moment in moments {
            // The sum of all is divided by itself, so the last stop is at the very end.
            stops.push((moment, at / total));
            at += widths.next().unwrap_or_default();
        }
        Self { stops, folded }
    }

    fn place(&self, at: Timestamp) -> f64 {
        let index = self.stops.partition_point(|(moment, _)| *moment < at);
        let stop = self.stops.get(index).or_else(|| self.stops.last());
        stop.map_or(0.0, |(_, place)| place.clamp(0.0, 1.0))
    }

    /// The moment at a place.
    fn moment(&self, place: f64) -> Timestamp {
        let index = self.stops.partition_point(|(_, at)| *at < place);
        let before = index.checked_sub(1).and_then(|index| self.stops.get(index));
        match (before, self.stops.get(index)) {
            (Some((from, start)), Some((to, end))) if end > start => {
                let part = (place - start) / (end - start);
                from.after(to.since(*from).mul_f64(part.clamp(0.0, 1.0)))
            }
            (_, Some((at, _))) | (Some((at, _)), None) => *at,
            (None, None) => Timestamp::default(),
        }
    }

    /// Both ends, and where folds begin and end.
    fn corners(&self, now: Timestamp) -> Vec<(f64, Option<Timestamp>)> {
        let last = self.stops.len().saturating_sub(1);
        let is_folded = |index: usize| self.folded.get(index).copied().unwrap_or(false);
        let stops = self.stops.iter().enumerate();
        let corners = stops.filter(|(index, _)| {
            let before = index.checked_sub(1).is_some_and(is_folded);
            *index == 0 || *index == last || before || is_folded(*index)
        });
        corners
            .map(|(index, (at, place))| (*place, Some(*at).filter(|_| index < last || *at != now)))
            .collect()
    }

    fn stretches(&self) -> Vec<Range> {
        let mut stretches: Vec<Range> = Vec::new();
        let mut goes_on = false;
        for (pair, folded) in self.stops.windows(2).zip(&self.folded) {
            if let ([(from, _), (to, _)], false) = (pair, *folded) {
                match stretches.last_mut().filter(|_| goes_on) {
                    Some(last) => last.to = *to,
                    None => stretches.push(Range {
                        from: *from,
                        to: *to,
                    }),
                }
            }
            goes_on = !folded;
        }
        stretches
    }

    fn folds(&self) -> Vec<Fold> {
        let pairs = self.stops.windows(2).zip(&self.folded);
        let folds = pairs.filter_map(|(pair, folded)| match pair {
            [one, other] if *folded => Some(Fold {
                from: one.1,
                to: other.1,
                lasted: other.0.since(one.0),
            }),
            _ => None,
        });
        folds.collect()
    }

    /// About ten places that are far enough from each other to be read.
    fn ticks(&self) -> Vec<(f64, Duration)> {
        const APART: f64 = 0.12;
        let Some((first, _)) = self.stops.first().copied() else {
            return Vec::new();
        };
        let mut ticks: Vec<(f64, Duration)> = Vec::new();
        for (moment, place) in &self.stops {
            let is_apart = ticks.last().is_none_or(|(last, _)| place - last >= APART);
            if is_apart && *place <= 1.0 - APART / 2.0 {
                ticks.push((*place, moment.since(first)));
            }
        }
        ticks
    }
}

/// From which length on a stretch is folded, and how much of the width it takes then, in seconds.
///
/// A stretch is folded if it lasted longer than six times all shorter ones together, and at least half of
/// all are shorter: it would leave the others no room.
fn folding(spans: &[f64]) -> (f64, f64) {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len().div_ceil(2);
    let mut shorter = 0.0;
    for (count, span) in sorted.iter().enumerate() {
        if count >= half && *span > 6.0 * shorter && shorter > 0.0 {
            let folded = u32::try_from(sorted.len() - count).unwrap_or(u32::MAX);
            let width = (shorter * 0.5).min(shorter * 1.5 / f64::from(folded));
            return (*span, width);
        }
        shorter += span;
    }
    (f64::INFINITY, 0.0)
}
