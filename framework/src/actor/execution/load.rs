//! Bringing a run into memory: fold its records, and keep the events for its program.

use std::rc::Rc;

use actix::Addr;

use crate::{
    actor::{
        execution::{Execution, actor::Arrival, damage, program::ResidentProgram},
        message::{ExecutionMail, ExecutionRequest},
        port::AttemptKey,
        service::Shared,
        shard::Shard,
    },
    machine::execution::{ExecutionState, PendingActivity},
    model::{
        EventId, HistoryEvent, Lineage, RecordNumber, RunId, Transition, event::workflow_execution,
        transition::RecordsLost,
    },
    storage::{ReadStore, RunEntry, StorageError, StorageErrorKind, record},
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
        if let Some(damage) = entry.damage {
            return Err(StorageError::new(StorageErrorKind::Corrupt, damage));
        }
        let (run_id, is_open) = (entry.execution.run_id, entry.status.is_open());
        let (again, shard_again) = (Rc::clone(&shared), shard.clone());
        let loaded = Self::load_without(shared, shard, entry.clone(), &[]);
        match loaded {
            // It may have been ended because of this damage.
            Err(error) if error.kind() == StorageErrorKind::Corrupt && !is_open => {
                let lost = damage::given_up(&*again.services.store, run_id)?;
                if lost.is_empty() {
                    return Err(error);
                }
                Self::load_without(again, shard_again, entry, &lost)
            }
            loaded => loaded,
        }
    }

    /// The same, where these records were given up.
    pub(super) fn load_without(
        shared: Rc<Shared>,
        shard: Addr<Shard>,
        entry: RunEntry,
        lost: &[RecordsLost],
    ) -> Result<Self, StorageError> {
        let run_id = entry.execution.run_id;
        let mut state = ExecutionState::of_run(run_id);
        let mut history = Vec::new();
        let store = &*shared.services.store;
        // Of a closed run nobody needs the history but a query, which reads it again.
        let is_open = entry.status.is_open();
        let first = RecordNumber::NONE.next();
        if lost.iter().any(|lost| lost.first == first) {
            state.assume_started(entry.started_at, started_as_indexed(&entry));
        }
        for_each_transition(store, run_id, None, lost, |found| match found {
            Found::Transition(transition) => {
                state.apply(&transition);
                if is_open {
                    history.extend(events_of(transition));
                }
            }
            Found::Lost(lost) => state.pass_over(lost),
        })?;
        if state.started().is_none() {
            return Err(StorageError::corrupt(run_id, first, "missing"));
        }
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

    /// Whether the workflow task that the run has to do brings this mail, if that comes first.
    pub(in crate::actor) fn goes_along(&self, mail: &ExecutionMail) -> bool {
        matches!(
            mail,
            ExecutionMail::Request(ExecutionRequest::Update(..), _)
        ) && self.state.workflow_task_is_startable(self.shared.now())
    }

    /// Reads the history again for a program that was discarded. Everything has to be durable.
    pub(super) fn reload_program(&mut self) -> Result<(), StorageError> {
        let store = &*self.shared.services.store;
        let history = read_history(store, self.run_id(), self.state.last_record(), &[])?;
        self.program = ResidentProgram::Recorded(history);
        Ok(())
    }

    /// What makes this run's program, if its type is registered.
    pub(super) fn factory(&self) -> Option<ProgramFactory> {
        let workflow_type = &self.state.started()?.workflow_type;
        let programs = &self.shared.services.programs;
        let code = programs.find(workflow_type, self.state.version())?;
        Some(code.factory)
    }

    /// The attempts that the state calls running but that nobody in this process runs.
    pub(super) fn lost_attempts(&self) -> Vec<EventId> {
        let run_id = self.run_id();
        let in_flight = |key| self.shared.activities.is_in_flight(key);
        self.state
            .pending_activities()
            .filter(|activity| activity.is_started() && !activity.is_handed_over())
            .filter(|activity| !in_flight(attempt_key(run_id, activity)))
            .map(|activity| activity.scheduled_event_id)
            .collect()
    }

    /// Tells the attempts that run what a thread that is lost may not have told them, and has them say
    /// again what it may not have heard.
    pub(super) fn catch_up_with_attempts(&self) {
        let (run_id, port) = (self.run_id(), &self.shared.activities);
        let activities = self.state.pending_activities();
        for activity in activities.filter(|activity| activity.is_started()) {
            let key = attempt_key(run_id, activity);
            // Durability: what a run is loaded with is on disk.
            port.control(key, 0, &activity.controls);
            if activity.cancel_requested.is_some() {
                port.cancel(key);
            }
            port.repeat_progress(key);
        }
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

/// What the index says of a start that cannot be read.
fn started_as_indexed(entry: &RunEntry) -> workflow_execution::Started {
    let run_id = entry.execution.run_id;
    workflow_execution::Started {
        workflow_id: entry.execution.workflow_id.clone(),
        workflow_type: entry.workflow_type.clone(),
        lineage: Box::new(Lineage::first_run(run_id)),
        attempt: 1,
        request_id: entry.start_request_id.clone(),
        ..workflow_execution::Started::default()
    }
}

/// The history of a run as stored, up to and including the record with this number, without those
/// that were given up.
pub(super) fn read_history(
    store: &dyn crate::storage::Store,
    run_id: RunId,
    last: RecordNumber,
    lost: &[RecordsLost],
) -> Result<Vec<HistoryEvent>, StorageError> {
    let mut history = Vec::new();
    for_each_transition(store, run_id, Some(last), lost, |found| {
        if let Found::Transition(transition) = found {
            history.extend(events_of(transition));
        }
    })?;
    Ok(history)
}

/// The history of a run that has closed, as stored; where records were given up it has gaps.
pub(crate) fn read_events(
    store: &dyn crate::storage::Store,
    run_id: RunId,
) -> Result<Vec<HistoryEvent>, StorageError> {
    let last = RecordNumber::new(u32::MAX);
    match read_history(store, run_id, last, &[]) {
        Err(error) if error.kind() == StorageErrorKind::Corrupt => {
            let lost = damage::given_up(store, run_id)?;
            if lost.is_empty() {
                return Err(error);
            }
            read_history(store, run_id, last, &lost)
        }
        read => read,
    }
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

/// What is found among the records of a run.
enum Found<'l> {
    /// One of them.
    Transition(Transition),
    /// Some that were given up.
    Lost(&'l RecordsLost),
}

/// The state of a run as stored.
pub(crate) fn read_state(
    store: &(impl ReadStore + ?Sized),
    run_id: RunId,
) -> Result<ExecutionState, StorageError> {
    let mut state = ExecutionState::of_run(run_id);
    for_each_transition(store, run_id, None, &[], |found| {
        if let Found::Transition(transition) = found {
            state.apply(&transition);
        }
    })?;
    Ok(state)
}

fn for_each_transition(
    store: &(impl ReadStore + ?Sized),
    run_id: RunId,
    last: Option<RecordNumber>,
    lost: &[RecordsLost],
    mut take: impl FnMut(Found<'_>),
) -> Result<(), StorageError> {
    let mut next = RecordNumber::NONE.next();
    let mut lost = lost.iter().peekable();
    loop {
        if let Some(lost) = lost.next_if(|lost| lost.first <= next) {
            take(Found::Lost(lost));
            next = lost.last.next();
            continue;
        }
        let until_lost = lost.peek().map(|lost| lost.first.get() - next.get());
        let until_lost = until_lost.and_then(|count| usize::try_from(count).ok());
        let limit = until_lost.map_or(PAGE, |count| count.min(PAGE));
        let page = store.records(run_id, next, limit)?;
        for stored in &page {
            if last.is_some_and(|last| stored.number > last) {
                return Ok(());
            }
            take(Found::Transition(record::decode(run_id, stored)?));
            next = stored.number.next();
        }
        if page.len() < limit {
            return Ok(());
        }
    }
}
