//! The line of one task queue: the activities that wait for a slot, by priority, by fair shares of those
//! of one priority, and then in the order they came.
//!
//! Pure: it knows neither slots nor threads. An activity that no longer wants a slot leaves from
//! wherever it stands, by the number of its place, in logarithmic time.

use std::collections::{BTreeMap, BTreeSet};

use derive_more::Debug;

use crate::{
    actor::port::{Place, WaitingKey},
    dispatch::turn::{Rank, Turns},
    model::{Priority, Timestamp},
};

/// Which share of a line somebody may have and still find room in one that is full.
const SMALL_SHARE: usize = 64;

/// An activity in line.
#[derive(Debug)]
pub(super) struct Waiting<L> {
    /// Which one it is.
    pub(super) key: WaitingKey,
    /// Since when it waits.
    pub(super) since: Timestamp,
    /// Which is to be started first, and whose it is; `None` if nobody has said.
    pub(super) priority: Option<Box<Priority>>,
    /// Whom it belongs to.
    #[debug(skip)]
    pub(super) owner: L,
}

/// The activities that wait for a slot of one queue.
#[derive(Debug)]
pub(super) struct Line<L> {
    max: usize,
    next: Place,
    places: BTreeMap<Place, Standing<L>>,
    /// The same, by whose turn is next.
    order: BTreeSet<Rank>,
    turns: Turns,
    /// How many of them have a priority of their own.
    ranked: usize,
    /// Those who found no room, to be told when there is some.
    #[debug("{}", turned_away.len())]
    turned_away: Vec<L>,
    /// Starts that the rate allowed for somebody who did not want them any more.
    spare_starts: usize,
}

/// Somebody in line, and where.
#[derive(Debug)]
struct Standing<L> {
    waiting: Waiting<L>,
    rank: Rank,
}

/// There is no room in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Full;

impl<L> Line<L> {
    /// An empty line with this many places.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max: max.max(1),
            next: Place::default(),
            places: BTreeMap::new(),
            order: BTreeSet::new(),
            turns: Turns::default(),
            ranked: 0,
            turned_away: Vec::new(),
            spare_starts: 0,
        }
    }

    /// Joins the line behind those who come first.
    ///
    /// A line that is full of a few keys has room for others still, up to twice as many places.
    pub(super) fn join(&mut self, waiting: Waiting<L>) -> Result<Place, Full> {
        let none = Priority::default();
        let priority = waiting.priority.as_deref().unwrap_or(&none);
        if self.places.len() >= self.max && !self.has_room_for(priority) {
            return Err(Full);
        }
        self.next = self.next.after();
        let rank = self.turns.join(priority, self.next);
        self.ranked += usize::from(waiting.priority.is_some());
        self.order.insert(rank);
        self.places.insert(self.next, Standing { waiting, rank });
        Ok(self.next)
    }

    fn has_room_for(&self, priority: &Priority) -> bool {
        self.places.len() < self.max.saturating_mul(2)
            && self.turns.waiting_for(priority) < self.max / SMALL_SHARE
    }

    /// Leaves the line; `None` if the place has been left already.
    pub(super) fn leave(&mut self, place: Place) -> Option<Waiting<L>> {
        let left = self.places.remove(&place).map(|left| {
            self.order.remove(&left.rank);
            self.turns.leave(left.rank, fairness_key(&left.waiting));
            self.left(left.waiting)
        });
        self.forget_spare_starts();
        left
    }

    /// Lets everybody leave of whom this does not hold.
    pub(super) fn retain(&mut self, stays: impl Fn(&L) -> bool) {
        let leaving = self.places.iter();
        let leaving = leaving.filter(|(_, it)| !stays(&it.waiting.owner));
        let leaving: Vec<Place> = leaving.map(|(place, _)| *place).collect();
        for place in leaving {
            self.leave(place);
        }
        self.turned_away.retain(|owner| stays(owner));
        self.forget_spare_starts();
    }

    /// Who is next.
    pub(super) fn first(&self) -> Option<&Waiting<L>> {
        let first = self.places.get(&self.order.first()?.place)?;
        Some(&first.waiting)
    }

    /// Who has waited longest.
    pub(super) fn oldest(&self) -> Option<&Waiting<L>> {
        let (_, oldest) = self.places.first_key_value()?;
        Some(&oldest.waiting)
    }

    /// Takes out who is next.
    pub(super) fn take_first(&mut self) -> Option<(Place, Waiting<L>)> {
        let rank = self.order.pop_first()?;
        let first = self.places.remove(&rank.place)?;
        self.turns.take(rank, fairness_key(&first.waiting));
        let waiting = self.left(first.waiting);
        self.forget_spare_starts();
        Some((rank.place, waiting))
    }

    fn left(&mut self, waiting: Waiting<L>) -> Waiting<L> {
        self.ranked -= usize::from(waiting.priority.is_some());
        waiting
    }

    /// Whether anybody waits who has a priority of its own.
    pub(super) fn is_ranked(&self) -> bool {
        self.ranked > 0
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Takes note of somebody who found no room.
    pub(super) fn turn_away(&mut self, owner: L) {
        self.turned_away.push(owner);
    }

    /// Takes out those who found no room, once a quarter of the line is free.
    ///
    /// Not earlier: each of them brings a run into memory to ask for its activities again.
    pub(super) fn take_turned_away(&mut self) -> Vec<L> {
        if self.turned_away.is_empty() || self.places.len() > self.max - self.max.div_ceil(4) {
            return Vec::new();
        }
        std::mem::take(&mut self.turned_away)
    }

    /// Gives back a start that the rate has allowed and nobody has made.
    pub(super) fn give_back_start(&mut self) {
        self.spare_starts += 1;
        self.forget_spare_starts();
    }

    /// Takes a start that was given back.
    pub(super) fn take_spare_start(&mut self) -> bool {
        let is_there = self.spare_starts > 0;
        self.spare_starts = self.spare_starts.saturating_sub(1);
        is_there
    }

    /// A spare start is for those who wait now: saved up, it would let a burst through later.
    fn forget_spare_starts(&mut self) {
        if self.places.is_empty() {
            self.spare_starts = 0;
        }
    }
}

fn fairness_key<L>(waiting: &Waiting<L>) -> &str {
    let priority = waiting.priority.as_deref();
    priority.map_or("", |it| it.fairness_key.as_str())
}
