//! The line of one task queue: the activities that wait for a slot, by priority, by fair shares of those
//! of one priority, and then in the order they came.
//!
//! Pure: it knows neither slots nor threads. An activity that no longer wants a slot leaves from
//! wherever it stands, by the number of its place, in logarithmic time.

use std::collections::{BTreeMap, BTreeSet};

use derive_more::Debug;

use crate::{
    actor::port::{Place, WaitingKey},
    clock::MonotonicTime,
    dispatch::{
        AttemptLimit,
        quota::{AccountKey, Charge, Quotas},
        turn::{Rank, Turns},
    },
    model::{ActivityType, Priority, Timestamp},
};

/// Which share of a line somebody may have and still find room in one that is full.
const SMALL_SHARE: usize = 64;

/// An activity in line.
#[derive(Debug)]
pub(super) struct Waiting<L> {
    /// Which one it is.
    pub(super) key: WaitingKey,
    /// Its type.
    pub(super) activity_type: ActivityType,
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
    /// What limits of types and keys leave of the queue.
    quotas: Quotas,
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
    /// What it would run on.
    accounts: Vec<AccountKey>,
    /// The account that it waits for, aside from the line.
    aside: Option<AccountKey>,
}

/// Somebody who was taken out of a line.
#[derive(Debug)]
pub(super) struct Next<L> {
    pub(super) place: Place,
    pub(super) waiting: Waiting<L>,
    /// What its attempt runs on.
    pub(super) charge: Charge,
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
            quotas: Quotas::default(),
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
        let accounts = self
            .quotas
            .accounts_of(&waiting.activity_type, waiting.priority.as_deref());
        let standing = Standing {
            aside: self.quotas.queued_behind(&accounts),
            waiting,
            rank,
            accounts,
        };
        self.put(standing);
        Ok(self.next)
    }

    /// Puts somebody where they stand: in line, or aside.
    fn put(&mut self, standing: Standing<L>) {
        let rank = standing.rank;
        if let Some(account) = &standing.aside {
            self.quotas.step_aside(account, rank);
        } else {
            self.order.insert(rank);
            self.quotas.enter_line(&standing.accounts);
        }
        self.places.insert(rank.place, standing);
    }

    /// Takes somebody from where they stand.
    fn pull(&mut self, place: Place) -> Option<Standing<L>> {
        let standing = self.places.remove(&place)?;
        if let Some(account) = &standing.aside {
            self.quotas.leave_aside(account, standing.rank);
        } else {
            self.order.remove(&standing.rank);
            self.quotas.leave_line(&standing.accounts);
        }
        Some(standing)
    }

    /// Goes by these limits from now on.
    pub(super) fn limit(&mut self, limits: Vec<AttemptLimit>) {
        let places: Vec<Place> = self.places.keys().copied().collect();
        let standing: Vec<_> = places.into_iter().filter_map(|it| self.pull(it)).collect();
        self.quotas.replace(limits);
        for mut it in standing {
            let priority = it.waiting.priority.as_deref();
            it.accounts = self.quotas.accounts_of(&it.waiting.activity_type, priority);
            it.aside = None;
            self.put(it);
        }
    }

    /// What the limits leave of the queue.
    pub(super) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// Starts an attempt for somebody who does not stand in line, if the limits let it and this holds.
    pub(super) fn start_at_once(
        &mut self,
        activity_type: &ActivityType,
        priority: Option<&Priority>,
        now: MonotonicTime,
        may_start: impl FnOnce() -> bool,
    ) -> Option<Charge> {
        let accounts = self.quotas.accounts_of(activity_type, priority);
        let is_free = self.quotas.blocked_by(&accounts, now).is_none();
        (is_free && may_start()).then(|| self.quotas.start(accounts, now))
    }

    /// Takes note that an attempt has ended: others may have what it had.
    pub(super) fn end(&mut self, charge: Charge, now: MonotonicTime) {
        for account in self.quotas.end(charge) {
            self.call_back(&account, now);
        }
    }

    /// Has those step aside whom a limit does not let start, so that who is first may.
    pub(super) fn settle(&mut self, now: MonotonicTime) {
        if self.quotas.is_empty() {
            return;
        }
        // Bound: each turn takes an alarm.
        while let Some(account) = self.quotas.take_rung(now) {
            self.call_back(&account, now);
        }
        // Bound: each turn has somebody step aside.
        while let Some(place) = self.order.first().map(|rank| rank.place) {
            let Some(first) = self.places.get(&place) else {
                return;
            };
            let Some(account) = self.quotas.blocked_by(&first.accounts, now) else {
                return;
            };
            let Some(first) = self.pull(place) else {
                return;
            };
            let others = first.accounts.clone();
            self.put(Standing {
                aside: Some(account),
                ..first
            });
            for account in others {
                self.call_back(&account, now);
            }
        }
    }

    /// Has who is next of those who wait for an account stand in line again, if it has room.
    fn call_back(&mut self, account: &AccountKey, now: MonotonicTime) {
        // Bound: each turn takes one out of those who wait for this account.
        while let Some(rank) = self.quotas.take_next_aside(account, now) {
            let Some(mut next) = self.places.remove(&rank.place) else {
                continue;
            };
            next.aside = self.quotas.blocked_by(&next.accounts, now);
            self.put(next);
        }
    }

    fn has_room_for(&self, priority: &Priority) -> bool {
        self.places.len() < self.max.saturating_mul(2)
            && self.turns.waiting_for(priority) < self.max / SMALL_SHARE
    }

    /// Leaves the line; `None` if the place has been left already.
    pub(super) fn leave(&mut self, place: Place, now: MonotonicTime) -> Option<Waiting<L>> {
        let left = self.pull(place).map(|left| {
            self.turns.leave(left.rank, fairness_key(&left.waiting));
            for account in &left.accounts {
                self.call_back(account, now);
            }
            self.left(left.waiting)
        });
        self.forget_spare_starts();
        left
    }

    /// Lets everybody leave of whom this does not hold.
    pub(super) fn retain(&mut self, stays: impl Fn(&L) -> bool, now: MonotonicTime) {
        let leaving = self.places.iter();
        let leaving = leaving.filter(|(_, it)| !stays(&it.waiting.owner));
        let leaving: Vec<Place> = leaving.map(|(place, _)| *place).collect();
        for place in leaving {
            self.leave(place, now);
        }
        self.turned_away.retain(|owner| stays(owner));
        self.forget_spare_starts();
    }

    /// Who is next, once the line has [settled](Self::settle).
    pub(super) fn first(&self) -> Option<&Waiting<L>> {
        let first = self.places.get(&self.order.first()?.place)?;
        Some(&first.waiting)
    }

    /// Has who is next leave: no slot is wanted any more.
    pub(super) fn leave_first(&mut self, now: MonotonicTime) -> Option<Waiting<L>> {
        let first = self.order.first()?.place;
        self.leave(first, now)
    }

    /// Who has waited longest.
    pub(super) fn oldest(&self) -> Option<&Waiting<L>> {
        let (_, oldest) = self.places.first_key_value()?;
        Some(&oldest.waiting)
    }

    /// Takes out who is next, for an attempt that starts now.
    pub(super) fn take_first(&mut self, now: MonotonicTime) -> Option<Next<L>> {
        let place = self.order.first()?.place;
        let first = self.pull(place)?;
        self.turns.take(first.rank, fairness_key(&first.waiting));
        let others = first.accounts.clone();
        let charge = self.quotas.start(first.accounts, now);
        for account in others {
            self.call_back(&account, now);
        }
        let waiting = self.left(first.waiting);
        self.forget_spare_starts();
        Some(Next {
            place,
            waiting,
            charge,
        })
    }

    fn left(&mut self, waiting: Waiting<L>) -> Waiting<L> {
        self.ranked -= usize::from(waiting.priority.is_some());
        waiting
    }

    /// Whether anybody waits who has a priority of its own.
    pub(super) fn is_ranked(&self) -> bool {
        self.ranked > 0
    }

    /// How many stand in line, and not aside.
    pub(super) fn standing(&self) -> usize {
        self.order.len()
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
