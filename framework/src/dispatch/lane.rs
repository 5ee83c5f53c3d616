//! The slots that one shard's thread holds, so that they can be taken back if the thread is lost.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use crate::{
    actor::port::{Permit, Slot},
    model::{EventId, RunId},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

/// The permits of one thread, wherever on that thread they are.
#[derive(Debug, Default)]
pub(crate) struct LaneSlots {
    /// Set under the lock.
    retired: AtomicBool,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    permits: BTreeMap<u64, Permit>,
}

impl LaneSlots {
    /// Gives back every permit the thread holds: it is lost, and with it whatever it was running.
    pub(crate) fn retire(&self) {
        let permits = {
            let mut held = self.lock();
            self.retired.store(true, Ordering::SeqCst);
            std::mem::take(&mut held.permits)
        };
        // Outside the lock: giving a slot back may grant it to somebody else.
        drop(permits);
    }

    /// Whether the thread is lost.
    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::SeqCst)
    }

    /// Keeps a permit for as long as the one that is returned lives, or the thread is lost. A thread
    /// that is lost gets none.
    pub(super) fn hold(self: &Arc<Self>, permit: Permit) -> Option<Permit> {
        let mut held = self.lock();
        if self.is_retired() {
            drop(held);
            // Outside the lock: giving a slot back may grant it to somebody else.
            drop(permit);
            return None;
        }
        let id = held.next;
        held.next += 1;
        held.permits.insert(id, permit);
        Some(Permit::new(HeldPermit {
            lane: Arc::clone(self),
            id,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Invariant: permits are only inserted and removed, so it is valid after a panic elsewhere.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One permit that a thread holds.
struct HeldPermit {
    lane: Arc<LaneSlots>,
    id: u64,
}

impl Slot for HeldPermit {
    fn renew(&mut self) -> bool {
        let mut held = self.lane.lock();
        held.permits.get_mut(&self.id).is_some_and(Permit::renew)
    }

    fn next_in_line(&mut self, run_id: RunId) -> Option<EventId> {
        let mut held = self.lane.lock();
        held.permits.get_mut(&self.id)?.next_in_line(run_id)
    }

    fn detach(self: Box<Self>) -> Option<Permit> {
        self.lane.lock().permits.remove(&self.id)
    }

    fn forgo(&mut self) {
        if let Some(permit) = self.lane.lock().permits.get_mut(&self.id) {
            permit.forgo();
        }
    }
}

impl Drop for HeldPermit {
    fn drop(&mut self) {
        let permit = self.lane.lock().permits.remove(&self.id);
        // Outside the lock: giving a slot back may grant it to somebody else.
        drop(permit);
    }
}
