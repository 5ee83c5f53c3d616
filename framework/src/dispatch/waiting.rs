//! The activities of one thread that wait for slots, wherever they stand in line.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use derive_more::Debug;

use crate::{
    actor::port::{Place, WaitingKey},
    dispatch::slot::{Owner, Slots},
    model::{EventId, RunId, TaskQueue},
};

/// Bound: runs that ask again at a time. They are brought into memory for it.
const ASK_AGAIN_MAX: usize = 64;

/// The activities of one thread that wait for slots.
#[derive(Debug, Default)]
pub(super) struct WaitingActivities {
    in_line: RefCell<BTreeMap<WaitingKey, InLine>>,
    queues: RefCell<BTreeMap<TaskQueue, QueueSide>>,
}

/// Where an activity stands.
#[derive(Debug)]
struct InLine {
    slots: Arc<Slots>,
    place: Place,
}

/// What the thread keeps of one queue.
#[derive(Debug)]
struct QueueSide {
    slots: Arc<Slots>,
    #[debug(skip)]
    owner: Arc<dyn Owner>,
    turned_away: TurnedAway,
}

/// The runs that found no room in a line, longest waiting first.
#[derive(Debug, Default)]
struct TurnedAway {
    runs: VecDeque<RunId>,
    known: BTreeSet<RunId>,
}

impl WaitingActivities {
    /// Whether an activity stands in some line.
    pub(super) fn contains(&self, key: WaitingKey) -> bool {
        self.in_line.borrow().contains_key(&key)
    }

    /// The thread as this queue sees it.
    pub(super) fn owner(
        &self,
        task_queue: &TaskQueue,
        slots: &Arc<Slots>,
        make: impl FnOnce() -> Arc<dyn Owner>,
    ) -> Arc<dyn Owner> {
        let mut queues = self.queues.borrow_mut();
        if let Some(side) = queues.get(task_queue) {
            return Arc::clone(&side.owner);
        }
        let owner = make();
        let side = QueueSide {
            slots: Arc::clone(slots),
            owner: Arc::clone(&owner),
            turned_away: TurnedAway::default(),
        };
        queues.insert(task_queue.clone(), side);
        owner
    }

    /// Takes note of an activity that stands in line.
    pub(super) fn joined(&self, key: WaitingKey, slots: &Arc<Slots>, place: Place) {
        let slots = Arc::clone(slots);
        self.in_line
            .borrow_mut()
            .insert(key, InLine { slots, place });
    }

    /// Takes note of a run that found no room.
    pub(super) fn turned_away(&self, run_id: RunId, task_queue: &TaskQueue) {
        let mut queues = self.queues.borrow_mut();
        let Some(side) = queues.get_mut(task_queue) else {
            return;
        };
        let is_first = side.turned_away.runs.is_empty();
        if side.turned_away.known.insert(run_id) {
            side.turned_away.runs.push_back(run_id);
        }
        let (slots, owner) = (Arc::clone(&side.slots), Arc::clone(&side.owner));
        drop(queues);
        if is_first {
            slots.tell_of_room(&owner);
        }
    }

    /// The runs that may ask again, now that there is room.
    pub(super) fn take_turned_away(&self, task_queue: &TaskQueue) -> Vec<RunId> {
        let mut queues = self.queues.borrow_mut();
        let Some(side) = queues.get_mut(task_queue) else {
            return Vec::new();
        };
        let turned_away = &mut side.turned_away;
        let number = turned_away.runs.len().min(ASK_AGAIN_MAX);
        let runs: Vec<RunId> = turned_away.runs.drain(..number).collect();
        for run_id in &runs {
            turned_away.known.remove(run_id);
        }
        let others_wait = !turned_away.runs.is_empty();
        let (slots, owner) = (Arc::clone(&side.slots), Arc::clone(&side.owner));
        drop(queues);
        if others_wait {
            slots.tell_of_room(&owner);
        }
        runs
    }

    /// Takes note that an offer has come; `false` if the activity does not wait any more.
    pub(super) fn offered(&self, key: WaitingKey, place: Place) -> bool {
        let Some(waiting) = self.in_line.borrow_mut().remove(&key) else {
            return false;
        };
        if waiting.place != place {
            // The offer is for an earlier wait of the same activity, and will do.
            waiting.slots.leave(waiting.place);
        }
        true
    }

    /// Takes note that an activity has been given the slot it was first in line for.
    pub(super) fn forget(&self, key: WaitingKey) {
        self.in_line.borrow_mut().remove(&key);
    }

    /// Takes an activity out of its line.
    pub(super) fn withdraw(&self, key: WaitingKey) {
        let waiting = self.in_line.borrow_mut().remove(&key);
        if let Some(waiting) = waiting {
            waiting.slots.leave(waiting.place);
        }
    }

    /// Takes all activities of a run out of their lines.
    pub(super) fn withdraw_run(&self, run_id: RunId) {
        let key = |scheduled_event_id| WaitingKey {
            run_id,
            scheduled_event_id,
        };
        let of_run = key(EventId::NONE)..=key(EventId::new(u64::MAX));
        // Bound: each turn takes one out.
        loop {
            let next = self
                .in_line
                .borrow()
                .range(of_run.clone())
                .next()
                .map(|(key, _)| *key);
            let Some(key) = next else { break };
            self.withdraw(key);
        }
        for side in self.queues.borrow_mut().values_mut() {
            if side.turned_away.known.remove(&run_id) {
                side.turned_away.runs.retain(|run| *run != run_id);
            }
        }
    }
}
