//! Who sends parcels and deletes them again, and knows what was promised of them.

use std::collections::{BTreeMap, BTreeSet};

use sempre_tests::crash::{
    life::Asker,
    parcel::{Line, Step},
    protocol::READY,
};

/// Parcels that are open at once.
const OPEN: usize = 12;
/// Closed parcels that are kept for a while.
const KEPT: usize = 8;

/// What has been acknowledged of a parcel, and what was asked for.
#[derive(Default)]
pub(crate) struct Promised {
    pub(crate) acknowledged: BTreeSet<Step>,
    /// Whether it may be gone.
    pub(crate) is_to_go: bool,
}

impl Promised {
    pub(crate) fn has(&self, step: Step) -> bool {
        self.acknowledged.contains(&step)
    }
}

#[derive(Default)]
pub(crate) struct Mailroom {
    promised: BTreeMap<u32, Promised>,
    /// Whether no more are sent, and all are to go.
    pub(crate) is_closing: bool,
    is_empty: bool,
}

impl Mailroom {
    pub(crate) fn promised(&self) -> impl Iterator<Item = (u32, &Promised)> {
        self.promised.iter().map(|(parcel, it)| (*parcel, it))
    }

    /// How many parcels have come to each step.
    pub(crate) fn count(&self, step: Step) -> usize {
        self.promised.values().filter(|it| it.has(step)).count()
    }

    /// What a child is asked for that knows nothing.
    fn begin(&mut self) -> Vec<Line> {
        let lines = self.promised.iter().filter_map(|(parcel, it)| {
            let step = match (it.has(Step::Close), it.is_to_go, it.has(Step::Delete)) {
                (false, ..) => Step::Send,
                (true, true, false) => Step::Delete,
                _ => return None,
            };
            Some(Line {
                step,
                parcel: *parcel,
            })
        });
        let mut lines: Vec<_> = lines.collect();
        lines.extend(self.go_on());
        lines
    }

    /// What comes next: new parcels for those that have closed, and the end of those closed longest.
    fn go_on(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        let open = self.promised.len() - self.count(Step::Close);
        if !self.is_closing {
            let next = self.promised.keys().last().map_or(0, |last| last + 1);
            for parcel in (next..).take(OPEN.saturating_sub(open)) {
                self.promised.insert(parcel, Promised::default());
                let step = Step::Send;
                lines.push(Line { step, parcel });
            }
        }
        let kept = if self.is_closing { 0 } else { KEPT };
        let stay = |it: &Promised| it.has(Step::Close) && !it.is_to_go;
        let surplus = self.promised.values().filter(|it| stay(it)).count();
        let closed = self.promised.iter_mut().filter(|(_, it)| stay(it));
        for (parcel, it) in closed.take(surplus.saturating_sub(kept)) {
            it.is_to_go = true;
            lines.push(Line {
                step: Step::Delete,
                parcel: *parcel,
            });
        }
        lines
    }

    /// What is left to ask for when all have gone.
    fn look(&self) -> Option<Line> {
        let all_gone = self.promised.values().all(|it| it.has(Step::Delete));
        let (step, parcel) = (Step::Empty, 0);
        (self.is_closing && all_gone).then_some(Line { step, parcel })
    }
}

impl Asker for Mailroom {
    fn begin_life(&mut self) {}

    fn handle_line(&mut self, line: &str) -> Result<Vec<String>, String> {
        let mut asked = if line == READY {
            self.begin()
        } else {
            let Line { step, parcel } = line.parse()?;
            if step == Step::Empty {
                self.is_empty = true;
                return Ok(Vec::new());
            }
            let promised = self.promised.entry(parcel).or_default();
            promised.acknowledged.insert(step);
            self.go_on()
        };
        asked.extend(self.look());
        Ok(asked.iter().map(ToString::to_string).collect())
    }

    fn open(&self) -> Vec<String> {
        let open = self.promised.iter().filter(|(_, it)| !it.has(Step::Delete));
        open.map(|(parcel, _)| format!("parcel {parcel}")).collect()
    }

    fn all_is_done(&self) -> bool {
        self.is_empty
    }
}
