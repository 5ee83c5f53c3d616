//! Whose turn is next among those who wait: by priority, and within one by fair shares.
//!
//! Fair shares are those of start-time fair queuing. Each level of priority has a clock that shows the
//! turn of whoever was taken last. Whoever joins gets a turn: the one behind the last of its fairness
//! key, and not before what the clock shows. The more weight a key has, the closer its turns are. So
//! keys share what there is by their weights, however many wait for each of them, and a key for which
//! nobody has waited saves nothing up. Those without a key are one more.

use std::collections::BTreeMap;

use crate::{actor::port::Place, model::Priority};

/// The distance between two turns of a key of weight 1.
const TURN: f64 = 1_000_000.0;

/// Flows that are remembered beyond those for whom somebody waits.
const IDLE_FLOWS_MAX: usize = 64;

/// Where somebody stands; whoever has the lowest is next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Rank {
    level: u8,
    turn: u64,
    pub(super) place: Place,
}

/// The turns of those who wait in one line.
#[derive(Debug, Default)]
pub(super) struct Turns {
    levels: BTreeMap<u8, Level>,
}

#[derive(Debug, Default)]
struct Level {
    now: u64,
    waiting: usize,
    flows: BTreeMap<Box<str>, Flow>,
}

/// Those of one fairness key.
#[derive(Debug, Default)]
struct Flow {
    /// The turn behind the last one.
    next: u64,
    waiting: usize,
}

impl Turns {
    /// Gives a turn to somebody who joins.
    pub(super) fn join(&mut self, priority: &Priority, place: Place) -> Rank {
        let number = priority.level();
        let level = self.levels.entry(number).or_default();
        level.forget_idle_flows();
        level.waiting += 1;
        let key = priority.fairness_key.as_str().into();
        let flow = level.flows.entry(key).or_default();
        let turn = flow.next.max(level.now);
        flow.next = turn.saturating_add(distance(priority));
        flow.waiting += 1;
        Rank {
            level: number,
            turn,
            place,
        }
    }

    /// Takes note that it was somebody's turn.
    pub(super) fn take(&mut self, rank: Rank, fairness_key: &str) {
        if let Some(level) = self.levels.get_mut(&rank.level) {
            level.now = level.now.max(rank.turn);
            level.leave(fairness_key);
        }
        self.forget_empty(rank.level);
    }

    /// Takes note that somebody wants no turn any more.
    pub(super) fn leave(&mut self, rank: Rank, fairness_key: &str) {
        if let Some(level) = self.levels.get_mut(&rank.level)
            && level.leave(fairness_key) == 0
        {
            // What was not taken is not counted.
            level.flows.remove(fairness_key);
        }
        self.forget_empty(rank.level);
    }

    /// How many of this key wait, on this level of priority.
    pub(super) fn waiting_for(&self, priority: &Priority) -> usize {
        let level = self.levels.get(&priority.level());
        let flow = level.and_then(|level| level.flows.get(&*priority.fairness_key));
        flow.map_or(0, |flow| flow.waiting)
    }

    /// A level that nobody waits on owes nobody anything.
    fn forget_empty(&mut self, number: u8) {
        if self
            .levels
            .get(&number)
            .is_some_and(|level| level.waiting == 0)
        {
            self.levels.remove(&number);
        }
    }
}

impl Level {
    /// One less waits; says how many of its key are left.
    fn leave(&mut self, fairness_key: &str) -> usize {
        self.waiting = self.waiting.saturating_sub(1);
        let flow = self.flows.get_mut(fairness_key);
        flow.map_or(0, |flow| {
            flow.waiting = flow.waiting.saturating_sub(1);
            flow.waiting
        })
    }

    /// Forgets those who have had no more than their share, once they are many.
    fn forget_idle_flows(&mut self) {
        if self.flows.len() <= 2 * self.waiting + IDLE_FLOWS_MAX {
            return;
        }
        let now = self.now;
        self.flows
            .retain(|_, flow| flow.waiting > 0 || flow.next > now);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights are from 0.001 to 1,000, so distances are from 1,000 to 1,000,000,000"
)]
fn distance(priority: &Priority) -> u64 {
    let weight = f64::from(priority.weight());
    (TURN / weight) as u64
}
