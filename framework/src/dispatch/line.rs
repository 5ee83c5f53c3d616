//! The line of one task queue: the activities that wait for a slot, in the order they came.
//!
//! Pure: it knows neither slots nor threads. An activity that no longer wants a slot leaves from
//! wherever it stands, by the number of its place, in logarithmic time.

use std::collections::BTreeMap;

use derive_more::Debug;

use crate::{
    actor::port::{Place, WaitingKey},
    model::Timestamp,
};

/// An activity in line.
#[derive(Debug)]
pub(super) struct Waiting<L> {
    /// Which one it is.
    pub(super) key: WaitingKey,
    /// Since when it waits.
    pub(super) since: Timestamp,
    /// Whom it belongs to.
    #[debug(skip)]
    pub(super) owner: L,
}

/// The activities that wait for a slot of one queue.
#[derive(Debug)]
pub(super) struct Line<L> {
    max: usize,
    next: Place,
    places: BTreeMap<Place, Waiting<L>>,
    /// Those who found no room, to be told when there is some.
    #[debug("{}", turned_away.len())]
    turned_away: Vec<L>,
    /// Starts that the rate allowed for somebody who did not want them any more.
    spare_starts: usize,
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
            turned_away: Vec::new(),
            spare_starts: 0,
        }
    }

    /// Joins the line at its end.
    pub(super) fn join(&mut self, waiting: Waiting<L>) -> Result<Place, Full> {
        if self.places.len() >= self.max {
            return Err(Full);
        }
        self.next = self.next.after();
        self.places.insert(self.next, waiting);
        Ok(self.next)
    }

    /// Leaves the line; `None` if the place has been left already.
    pub(super) fn leave(&mut self, place: Place) -> Option<Waiting<L>> {
        let left = self.places.remove(&place);
        self.forget_spare_starts();
        left
    }

    /// Lets everybody leave of whom this does not hold.
    pub(super) fn retain(&mut self, stays: impl Fn(&L) -> bool) {
        self.places.retain(|_, waiting| stays(&waiting.owner));
        self.turned_away.retain(|owner| stays(owner));
        self.forget_spare_starts();
    }

    /// Who is next.
    pub(super) fn first(&self) -> Option<&Waiting<L>> {
        self.places.first_key_value().map(|(_, waiting)| waiting)
    }

    /// Takes out who is next.
    pub(super) fn take_first(&mut self) -> Option<(Place, Waiting<L>)> {
        let first = self.places.pop_first();
        self.forget_spare_starts();
        first
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
