//! Concurrency slots and the rate: how many attempts may run at once, how fast, and who is next.

use std::sync::{Arc, PoisonError};

use derive_more::Debug;
use futures::task::AtomicWaker;

use crate::{
    actor::port::{Permit, Place, Slot, WaitingKey},
    clock::{MonotonicTime, SharedClock},
    dispatch::{
        AttemptLimit,
        alarm::Alarm,
        line::{Full, Line, Waiting},
        quota::{AccountLoad, Charge},
        rate::Rate,
    },
    model::{ActivityType, EventId, Priority, RunId, Timestamp},
    sync::{
        Mutex, MutexGuard, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Bound: how often in a row a slot is passed on to the run that had it while others wait in line.
const RENEWALS_MAX: u32 = 16;

/// Bound: the activities in one line, about 250 bytes each; twice as many where a line is full of a few
/// fairness keys. Beyond it a run keeps its activities to itself, its thread remembers the run, and it asks again once a quarter of the line is free.
pub(super) const LINE_MAX: usize = 64 * 1024;

/// Whom waiting activities belong to: the thread of a shard, as a queue sees it. Called on whichever
/// thread gave a slot back.
pub(super) trait Owner: Send + Sync {
    /// A slot for an activity whose place was first in line.
    fn offer(&self, key: WaitingKey, place: Place, permit: Permit);

    /// There is room in the line again.
    fn make_room(&self);

    /// Whether the thread is lost, and with it whoever waits.
    fn is_lost(&self) -> bool;
}

/// What is to be done about a line.
enum Step {
    /// This one gets a slot.
    Offer(Place, Waiting<Arc<dyn Owner>>, Permit),
    /// The thread of this one is lost.
    Forget(Waiting<Arc<dyn Owner>>),
    /// Nobody waits, or there is no slot, or the rate allows no start yet.
    Rest,
}

/// A queue's line.
pub(super) type OwnedLine = Line<Arc<dyn Owner>>;

/// A counted set of slots with a line of those that wait for one.
#[derive(Debug)]
pub(super) struct Slots {
    max: AtomicUsize,
    taken: AtomicUsize,
    /// Woken whenever a slot is given back.
    #[debug(skip)]
    given_back: Arc<AtomicWaker>,
    rate: RwLock<Option<Rate>>,
    /// Whether there is a rate, for those who need not know which.
    has_rate: AtomicBool,
    alarm: Alarm,
    /// Whether no attempt is to be started until somebody says otherwise.
    is_paused: AtomicBool,
    /// Whether there are limits of types or keys.
    has_limits: AtomicBool,
    clock: SharedClock,
    /// Set once no attempt is started any more.
    draining: Arc<AtomicBool>,
    /// How many stand in line; those who wait aside for a limit are not counted.
    waiting: AtomicUsize,
    /// Whether anybody waits who has a priority of its own.
    is_ranked: AtomicBool,
    #[debug(skip)]
    line: Mutex<OwnedLine>,
}

impl Slots {
    pub(super) fn new(
        clock: SharedClock,
        given_back: Arc<AtomicWaker>,
        draining: Arc<AtomicBool>,
    ) -> Arc<Self> {
        Self::with_line(Line::new(LINE_MAX), clock, given_back, draining)
    }

    /// The same, with this line.
    pub(super) fn with_line(
        line: OwnedLine,
        clock: SharedClock,
        given_back: Arc<AtomicWaker>,
        draining: Arc<AtomicBool>,
    ) -> Arc<Self> {
        Arc::new(Self {
            max: AtomicUsize::new(1),
            taken: AtomicUsize::new(0),
            given_back,
            has_rate: AtomicBool::new(false),
            rate: RwLock::new(None),
            alarm: Alarm::default(),
            is_paused: AtomicBool::new(false),
            has_limits: AtomicBool::new(false),
            clock,
            draining,
            waiting: AtomicUsize::new(0),
            is_ranked: AtomicBool::new(false),
            line: Mutex::new(line),
        })
    }

    /// Takes a slot for an activity of this type and priority if one is free, rate and limits allow it,
    /// and nobody waits for it.
    pub(super) fn try_take(
        self: &Arc<Self>,
        activity_type: &ActivityType,
        priority: Option<&Priority>,
    ) -> Option<Permit> {
        if self.waiting.load(Ordering::SeqCst) > 0 || self.is_paused() {
            return None;
        }
        let mut slot = self.take()?;
        let may_start = || self.check_rate().is_ok();
        if !self.has_limits() {
            return may_start().then(|| Permit::new(slot));
        }
        let now = self.now();
        let start =
            |line: &mut OwnedLine| line.start_at_once(activity_type, priority, now, may_start);
        slot.charge = self.change_line(start)?;
        Some(Permit::new(slot))
    }

    /// Waits in line for a slot, which may be offered before this returns. Whoever finds no room is
    /// told when there is some.
    pub(super) fn wait(self: &Arc<Self>, waiting: Waiting<Arc<dyn Owner>>) -> Result<Place, Full> {
        let place = self.change_line(|line| line.join(waiting))?;
        // A slot may have been given back before the line was seen to be waiting.
        self.grant();
        Ok(place)
    }

    /// Tells this thread when there is room in the line, which may be at once.
    pub(super) fn tell_of_room(&self, owner: &Arc<dyn Owner>) {
        self.change_line(|line| line.turn_away(Arc::clone(owner)));
    }

    /// Leaves the line: no slot is wanted any more. It costs neither a slot nor a start.
    pub(super) fn leave(&self, place: Place) {
        let now = self.now();
        let left = self.change_line(|line| line.leave(place, now));
        // Invariant: the lock is free while what was in line is dropped.
        drop(left);
    }

    /// Lets all leave the line whose threads are lost.
    pub(super) fn forget_lost(self: &Arc<Self>) {
        // Invariant: threads that are lost have given their slots back, so none is dropped here.
        let now = self.now();
        self.change_line(|line| line.retain(|owner| !owner.is_lost(), now));
        self.grant();
    }

    /// Goes on with the line when the rate may allow the next start; done when the slots drain.
    pub(super) async fn tend(self: Arc<Self>, clock: SharedClock) {
        self.alarm.tend(&clock, || self.grant()).await;
    }

    fn has_rate(&self) -> bool {
        self.has_rate.load(Ordering::SeqCst)
    }

    fn has_limits(&self) -> bool {
        self.has_limits.load(Ordering::SeqCst)
    }

    /// The time, where limits ask for it.
    fn now(&self) -> MonotonicTime {
        if self.has_limits() {
            self.clock.read().monotonic
        } else {
            MonotonicTime::default()
        }
    }

    /// Whether there is an alarm to be tended.
    pub(super) fn wants_alarm(&self) -> bool {
        self.has_rate() || (self.has_limits() && self.lock().quotas().has_rate())
    }

    /// How the accounts stand of those whom limits are about.
    pub(super) fn account_loads(&self) -> Vec<AccountLoad> {
        self.lock().quotas().loads()
    }

    /// Has so many slots from now on, at least one, this rate and these limits. Attempts that run go on,
    /// also where they are more, and limits do not count them.
    pub(super) fn limit(
        self: &Arc<Self>,
        max: usize,
        rate: Option<Rate>,
        limits: Vec<AttemptLimit>,
    ) {
        self.max.store(max.max(1), Ordering::SeqCst);
        self.has_rate.store(rate.is_some(), Ordering::SeqCst);
        *self.rate.write().unwrap_or_else(PoisonError::into_inner) = rate;
        self.has_limits.store(!limits.is_empty(), Ordering::SeqCst);
        // It may have been set for a time that the new rate does not know.
        self.alarm.clear();
        self.change_line(|line| line.limit(limits));
        self.grant();
    }

    /// Starts no attempt until this is said otherwise. Those that run go on.
    pub(super) fn pause(self: &Arc<Self>, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::SeqCst);
        self.grant();
    }

    fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::SeqCst)
    }

    /// Offers no slot from now on: the engine drains.
    pub(super) fn end(&self) {
        self.alarm.end();
    }

    /// How many slots are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// How many there are.
    pub(super) fn max(&self) -> usize {
        self.max.load(Ordering::SeqCst)
    }

    /// How many wait for one, and since when the one does that has waited longest.
    pub(super) fn line_state(&self) -> (usize, Option<Timestamp>) {
        let line = self.lock();
        (line.len(), line.oldest().map(|oldest| oldest.since))
    }

    fn take(self: &Arc<Self>) -> Option<Taken> {
        let max = self.max();
        let free = |taken| (taken < max).then_some(taken + 1);
        self.taken
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, free)
            .is_ok()
            .then(|| Taken {
                slots: Arc::clone(self),
                renewals: 0,
                has_start: false,
                charge: Charge::default(),
            })
    }

    fn check_rate(&self) -> Result<(), MonotonicTime> {
        if !self.has_rate() {
            return Ok(());
        }
        // Invariant: a rate is replaced whole, so it is valid after a panic elsewhere.
        let rate = self.rate.read().unwrap_or_else(PoisonError::into_inner);
        rate.as_ref().map_or(Ok(()), Rate::check)
    }

    /// Changes the line, and tells those who found no room if there is some now.
    fn change_line<T>(&self, change: impl FnOnce(&mut OwnedLine) -> T) -> T {
        let mut line = self.lock();
        let changed = change(&mut line);
        self.waiting.store(line.standing(), Ordering::SeqCst);
        self.is_ranked.store(line.is_ranked(), Ordering::SeqCst);
        let turned_away = line.take_turned_away();
        let alarm = line.quotas().next_alarm();
        drop(line);
        if let Some(at) = alarm {
            self.alarm.set(at);
        }
        for owner in turned_away {
            owner.make_room();
        }
        changed
    }

    /// Gives free slots to those who wait, as far as the rate allows.
    fn grant(self: &Arc<Self>) {
        if self.has_limits() {
            let now = self.now();
            self.change_line(|line| line.settle(now));
        }
        while self.waiting.load(Ordering::SeqCst) > 0 && self.may_start() {
            // Invariant: the lock is free while a slot is offered, which sends mail, and while what
            // was in line is dropped, which may give a slot back.
            let now = self.now();
            match self.change_line(|line| self.next_step(line, now)) {
                Step::Offer(place, waiting, permit) => {
                    waiting.owner.offer(waiting.key, place, permit);
                }
                Step::Forget(waiting) => drop(waiting),
                Step::Rest => return,
            }
        }
    }

    fn next_step(self: &Arc<Self>, line: &mut OwnedLine, now: MonotonicTime) -> Step {
        line.settle(now);
        let Some(first) = line.first() else {
            return Step::Rest;
        };
        if first.owner.is_lost() {
            return line.leave_first(now).map_or(Step::Rest, Step::Forget);
        }
        // A start is not taken for a slot that is not there.
        if self.taken() >= self.max() || !self.allows_start(line) {
            return Step::Rest;
        }
        let Some(mut slot) = self.take() else {
            line.give_back_start();
            return Step::Rest;
        };
        // Invariant: somebody waits, so the slot is not given back here, under the lock.
        line.take_first(now).map_or(Step::Rest, |next| {
            slot.charge = next.charge;
            Step::Offer(next.place, next.waiting, Permit::new(slot))
        })
    }

    /// Whether the rate allows the first of the line to start; sets the alarm if not.
    fn allows_start(&self, line: &mut OwnedLine) -> bool {
        if line.take_spare_start() {
            return true;
        }
        match self.check_rate() {
            Ok(()) => true,
            Err(at) => {
                self.alarm.set(at);
                false
            }
        }
    }

    /// Takes the first out of the line that waits for a slot, if it is of this run and the rate
    /// allows its start, or there is a start at hand.
    fn take_first(&self, run_id: RunId, has_start: bool) -> Option<EventId> {
        if self.waiting.load(Ordering::SeqCst) == 0 || !self.may_go_on() {
            return None;
        }
        let now = self.now();
        let taken = self.change_line(|line| {
            let is_of_run = line.first()?.key.run_id == run_id;
            (is_of_run && (has_start || self.allows_start(line)))
                .then(|| line.take_first(now))
                .flatten()
        });
        // Invariant: the lock is free while what was in line is dropped.
        taken.map(|next| next.waiting.key.scheduled_event_id)
    }

    /// Whether attempts are started at all.
    fn may_start(&self) -> bool {
        !self.draining.load(Ordering::SeqCst) && !self.is_paused()
    }

    /// Whether another attempt may run in a slot that is taken. Limits know what runs by its slot, so
    /// where there are some each attempt has its own.
    fn may_go_on(&self) -> bool {
        !self.is_paused() && !self.has_limits() && self.taken() <= self.max()
    }

    fn lock(&self) -> MutexGuard<'_, OwnedLine> {
        // Invariant: places are only added and removed, so it is valid after a panic elsewhere.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One slot that is taken.
struct Taken {
    slots: Arc<Slots>,
    /// How often it was passed on over those who wait.
    renewals: u32,
    /// Whether it comes with a start that the rate has allowed and nobody will make.
    has_start: bool,
    /// What limits know of the attempt that it is for.
    charge: Charge,
}

impl Slot for Taken {
    fn renew(&mut self) -> bool {
        if !self.slots.may_go_on() {
            return false;
        }
        if self.slots.waiting.load(Ordering::SeqCst) == 0 {
            self.renewals = 0;
        } else if self.renewals == RENEWALS_MAX
            || self.slots.has_rate()
            || self.slots.is_ranked.load(Ordering::SeqCst)
        {
            // The rate is for those who wait first, and nobody passes those who have a priority.
            return false;
        } else {
            self.renewals += 1;
        }
        self.slots.check_rate().is_ok()
    }

    fn next_in_line(&mut self, run_id: RunId) -> Option<EventId> {
        let first = self.slots.take_first(run_id, self.has_start)?;
        self.has_start = false;
        // Nobody was passed over.
        self.renewals = 0;
        Some(first)
    }

    fn detach(self: Box<Self>) -> Option<Permit> {
        Some(Permit::from(self as Box<dyn Slot>))
    }

    fn forgo(&mut self) {
        self.has_start = self.slots.has_rate();
        self.charge.forgo();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.has_start {
            self.slots.change_line(Line::give_back_start);
        }
        let charge = std::mem::take(&mut self.charge);
        if !charge.is_empty() {
            let now = self.slots.now();
            self.slots.change_line(|line| line.end(charge, now));
        }
        self.slots.taken.fetch_sub(1, Ordering::SeqCst);
        self.slots.given_back.wake();
        self.slots.grant();
    }
}
