//! Concurrency slots and the rate: how many attempts may run at once, how fast, and who is next.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use derive_more::Debug;
use futures::task::AtomicWaker;

use crate::{
    actor::port::{Permit, Slot, WaitingKey},
    dispatch::rate::Rate,
    model::{EventId, RunId, Timestamp},
};

/// Bound: how often in a row a slot is passed on to the run that had it while others wait in line.
const RENEWALS_MAX: u32 = 16;

/// Somebody who waits for a slot. Called on whichever thread gave the slot back.
pub(super) trait Waiter: Send {
    /// Who it is.
    fn key(&self) -> WaitingKey;

    /// The slot is yours.
    fn grant(self: Box<Self>, permit: Permit);

    /// Call [`Slots::resume`] at this time: the rate is used up until then.
    fn resume_at(&self, at: Timestamp);
}

/// A counted set of slots with a first-come, first-served line of those that wait for one.
#[derive(Debug)]
pub(super) struct Slots {
    max: usize,
    taken: AtomicUsize,
    /// Woken whenever a slot is given back.
    #[debug(skip)]
    given_back: Arc<AtomicWaker>,
    rate: Option<Rate>,
    /// Whether somebody will call `resume`.
    pausing: AtomicBool,
    waiting: AtomicUsize,
    #[debug(skip)]
    line: Mutex<VecDeque<Box<dyn Waiter>>>,
}

impl Slots {
    pub(super) fn new(max: usize, rate: Option<Rate>, given_back: Arc<AtomicWaker>) -> Arc<Self> {
        Arc::new(Self {
            max: max.max(1),
            taken: AtomicUsize::new(0),
            given_back,
            rate,
            pausing: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            line: Mutex::default(),
        })
    }

    /// Takes a slot if one is free, the rate allows it, and nobody waits for it.
    pub(super) fn try_take(self: &Arc<Self>) -> Option<Permit> {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return None;
        }
        let permit = self.take()?;
        self.check_rate().is_ok().then_some(permit)
    }

    /// Waits in line for a slot, which may be granted before this returns.
    pub(super) fn wait(self: &Arc<Self>, waiter: Box<dyn Waiter>) {
        let mut line = self.lock();
        line.push_back(waiter);
        self.waiting.store(line.len(), Ordering::SeqCst);
        drop(line);
        // A slot may have been given back before the line was seen to be waiting.
        self.grant();
    }

    /// Goes on after a pause that the rate has made.
    pub(super) fn resume(self: &Arc<Self>) {
        self.pausing.store(false, Ordering::SeqCst);
        self.grant();
    }

    /// How many slots are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    fn take(self: &Arc<Self>) -> Option<Permit> {
        let free = |taken| (taken < self.max).then_some(taken + 1);
        self.taken
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, free)
            .is_ok()
            .then(|| {
                Permit::new(Taken {
                    slots: Arc::clone(self),
                    renewals: 0,
                })
            })
    }

    fn check_rate(&self) -> Result<(), Timestamp> {
        self.rate.as_ref().map_or(Ok(()), Rate::check)
    }

    /// Gives free slots to those who wait, as far as the rate allows.
    fn grant(self: &Arc<Self>) {
        while self.waiting.load(Ordering::SeqCst) > 0 && !self.pausing.load(Ordering::SeqCst) {
            let mut line = self.lock();
            let Some(first) = line.front() else { return };
            let Some(permit) = self.take() else { return };
            if let Err(at) = self.check_rate() {
                self.pausing.store(true, Ordering::SeqCst);
                first.resume_at(at);
                drop(line);
                // Giving the slot back comes back here, and ends at once because of the pause.
                return drop(permit);
            }
            let next = line.pop_front();
            self.waiting.store(line.len(), Ordering::SeqCst);
            drop(line);
            if let Some(waiter) = next {
                waiter.grant(permit);
            }
        }
    }

    /// Takes the first out of the line that waits for a slot, if it is of this run and the rate
    /// allows its start.
    fn take_first(&self, run_id: RunId) -> Option<EventId> {
        if self.waiting.load(Ordering::SeqCst) == 0 || self.pausing.load(Ordering::SeqCst) {
            return None;
        }
        let mut line = self.lock();
        let is_of_run = line.front()?.key().run_id == run_id;
        if !is_of_run || self.check_rate().is_err() {
            return None;
        }
        let taken = line.pop_front();
        self.waiting.store(line.len(), Ordering::SeqCst);
        // Invariant: the lock is free while the waiter is dropped.
        drop(line);
        taken.map(|waiter| waiter.key().scheduled_event_id)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Box<dyn Waiter>>> {
        // Invariant: the line is only pushed and popped, so it is valid after a panic elsewhere.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One slot that is taken.
struct Taken {
    slots: Arc<Slots>,
    /// How often it was passed on over those who wait.
    renewals: u32,
}

impl Slot for Taken {
    fn renew(&mut self) -> bool {
        if self.slots.waiting.load(Ordering::SeqCst) == 0 {
            self.renewals = 0;
        } else if self.renewals == RENEWALS_MAX || self.slots.rate.is_some() {
            // The rate is for those who wait first.
            return false;
        } else {
            self.renewals += 1;
        }
        self.slots.check_rate().is_ok()
    }

    fn next_in_line(&mut self, run_id: RunId) -> Option<EventId> {
        let first = self.slots.take_first(run_id)?;
        // Nobody was passed over.
        self.renewals = 0;
        Some(first)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.slots.taken.fetch_sub(1, Ordering::SeqCst);
        self.slots.given_back.wake();
        self.slots.grant();
    }
}
