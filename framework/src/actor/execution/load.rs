//! Bringing a run into memory: fold its records, and keep the events for its program.

use std::rc::Rc;

use actix::Addr;

use crate::{
    actor::{
        execution::{Execution, actor::Arrival, program::ResidentProgram},
        port::AttemptKey,
        service::Shared,
        shard::Shard,
    },
    machine::execution::{ExecutionState, PendingActivity},
    model::{EventId, HistoryEvent, RecordNumber, RunId, Transition},
    storage::{ReadStore, RunEntry, StorageError, record},
    workflow::ProgramFactory,
};

/// Bound: records read from the store at a time.
const PAGE: usize = 256;

impl Execution {
    /// The execution of a run that has left memory, or of an earlier process.
    pub(in crate::actor) fn load(
        shared: Rc<Shared>,
        shard: Addr<Shard>,
        entry: RunEntry,
    ) -> Result<Self, StorageError> {
        let mut state = ExecutionState::default();
        let mut history = Vec::new();
        let store = &*shared.services.store;
        // Of a closed run nobody needs the history but a query, which reads it again.
        let is_open = entry.status.is_open();
        for_each_transition(store, entry.execution.run_id, None, |transition| {
            state.apply(&transition);
            if is_open {
                history.extend(events_of(transition));
            }
        })?;
        let program = if is_open {
            ResidentProgram::Recorded(history)
        } else {
            ResidentProgram::default()
        };
        let mut loaded = Self::new(shared, shard, entry, state, program);
        loaded.has_told = loaded
            .shared
            .told_problems
            .borrow()
            .is_known(loaded.run_id());
        loaded.arrival = if loaded.shared.take_recovered(loaded.run_id()) {
            Arrival::Recovered
        } else {
            Arrival::Loaded
        };
        let now = loaded.shared.now();
        loaded.follow_clock();
        // What has fallen due since the last transition is due, whatever the clock shows.
        loaded.set_deadline(now.min(loaded.state.updated_at()));
        loaded.weigh();
        Ok(loaded)
    }

    /// Whether the run has something to do that no message and no deadline brings.
    pub(in crate::actor) fn something_is_due(&self) -> bool {
        self.quarantined.is_none() && self.state.wake().at_once
    }

    /// Reads the history again for a program that was discarded. Everything has to be durable.
    pub(super) fn reload_program(&mut self) -> Result<(), StorageError> {
        let store = &*self.shared.services.store;
        let history = read_history(store, self.run_id(), self.state.last_record())?;
        self.program = ResidentProgram::Recorded(history);
        Ok(())
    }

    /// What makes this run's program, if its type is registered.
    pub(super) fn factory(&self) -> Option<ProgramFactory> {
        self.shared
            .services
            .programs
            .find(&self.state.started()?.workflow_type)
    }

    /// The attempts that the state calls running but that nobody in this process runs.
    pub(super) fn lost_attempts(&self) -> Vec<EventId> {
        let run_id = self.run_id();
        let in_flight = |key| self.shared.activities.is_in_flight(key);
        self.state
            .pending_activities()
            .filter(|activity| activity.is_started() && !in_flight(attempt_key(run_id, activity)))
            .map(|activity| activity.scheduled_event_id)
            .collect()
    }
}

/// The running attempt of an activity.
fn attempt_key(run_id: RunId, activity: &PendingActivity) -> AttemptKey {
    AttemptKey {
        run_id,
        scheduled_event_id: activity.scheduled_event_id,
        attempt: activity.attempt,
    }
}

/// The history of a run as stored, up to and including the record with this number.
pub(super) fn read_history(
    store: &dyn crate::storage::Store,
    run_id: RunId,
    last: RecordNumber,
) -> Result<Vec<HistoryEvent>, StorageError> {
    let mut history = Vec::new();
    for_each_transition(store, run_id, Some(last), |transition| {
        history.extend(events_of(transition));
    })?;
    Ok(history)
}

fn events_of(transition: Transition) -> impl Iterator<Item = HistoryEvent> {
    transition
        .entries
        .into_iter()
        .filter_map(|entry| match entry {
            crate::model::Entry::Event(event) => Some(event),
            crate::model::Entry::Change(_) => None,
        })
}

fn for_each_transition(
    store: &(impl ReadStore + ?Sized),
    run_id: RunId,
    last: Option<RecordNumber>,
    mut take: impl FnMut(Transition),
) -> Result<(), StorageError> {
    let mut next = RecordNumber::NONE.next();
    loop {
        let page = store.records(run_id, next, PAGE)?;
        for stored in &page {
            if last.is_some_and(|last| stored.number > last) {
                return Ok(());
            }
            take(record::decode(run_id, stored)?);
            next = stored.number.next();
        }
        if page.len() < PAGE {
            return Ok(());
        }
    }
}
