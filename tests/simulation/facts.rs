//! The facts: what the disk has synced, as records, events and states.
//!
//! They are made of the log of the disk and of nothing that the engine says, so that whatever it
//! says can be held against them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use sempre::{
    machine::execution::ExecutionState,
    model::{
        Change, Codecs, Entry, EventAttributes, EventId, History, HistoryEvent, RequestId, RunId,
        Transition, WorkflowId, limits, schedule::SCHEDULER_TYPE,
    },
    storage::{Commit, CommitPart, StoredRecord, record},
};

use crate::simulation::{schedule::Action, time::Time};

/// What is on the disk.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) runs: BTreeMap<RunId, Run>,
    /// The runs of each execution, in the order of their starts.
    pub(crate) executions: BTreeMap<WorkflowId, Vec<RunId>>,
    pub(crate) time: Time,
    /// Commits of the log that are among the facts.
    pub(crate) commits: usize,
    /// What the values of events were kept by; here they are as they were.
    pub(crate) codecs: Codecs,
}

/// What is on the disk of one run.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) state: ExecutionState,
    /// What was recorded while a workflow task was open, and has no place in the history yet or has got
    /// one since.
    pub(crate) buffered: Vec<EventAttributes>,
    pub(crate) history: History,
    /// The attempts that were started.
    pub(crate) attempts: BTreeSet<(EventId, u32)>,
    /// The states after the last records, oldest first.
    pub(crate) recent: Vec<ExecutionState>,
    /// Whether it was deleted, and the disk has nothing of it any more.
    pub(crate) is_deleted: bool,
}

/// For how long closed runs are kept where they are not kept for ever.
pub(crate) const RETENTION: Duration = limits::RETENTION_MIN;

impl Run {
    /// Whether it goes on from another one that was reset.
    pub(crate) fn is_fork(&self) -> bool {
        self.state.reset_request_id().is_some()
    }

    /// Whether it is one of a schedule, which deletes those that it has left behind.
    pub(crate) fn is_scheduler(&self) -> bool {
        let started = self.state.started();
        started.is_some_and(|started| started.workflow_type.as_str() == SCHEDULER_TYPE)
    }

    /// The action of a schedule that it is, or goes on with.
    pub(crate) fn action(&self) -> Option<Action> {
        Action::of(&self.state.started()?.request_id)
    }

    /// The run that has recorded an event of this one first.
    pub(crate) fn origin_of(&self, event_id: EventId) -> RunId {
        let origins = self.state.origins_up_to(event_id);
        let last = origins.last().map(|origin| origin.run_id);
        last.unwrap_or_else(|| self.state.run_id())
    }

    /// The run that follows it, or goes on from it.
    pub(crate) fn successor(&self) -> Option<RunId> {
        let close = self.state.close()?;
        close
            .new_execution_run_id()
            .or_else(|| self.state.reset_to())
    }
}

/// States that are kept for whoever is told of one late.
const RECENT: usize = 6;

/// A transition that has become a fact.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) run_id: RunId,
    pub(crate) transition: Transition,
    /// As it is on the disk.
    pub(crate) record: Bytes,
}

impl Facts {
    pub(crate) fn new(codecs: Codecs) -> Self {
        Self {
            runs: BTreeMap::new(),
            executions: BTreeMap::new(),
            time: Time::new(),
            commits: 0,
            codecs,
        }
    }

    /// Takes note of commits that were synced; returns what they say.
    ///
    /// # Errors
    /// If that is no continuation of what was synced before.
    pub(crate) fn add(&mut self, commit: &Commit) -> Result<Vec<Fact>, String> {
        self.commits += 1;
        let mut facts = Vec::new();
        for part in commit.parts() {
            if let Some(execution) = part.deleted() {
                self.delete(execution.run_id)?;
            } else {
                facts.push(self.add_part(part)?);
            }
        }
        Ok(facts)
    }

    /// A run is deleted: what is known of it is kept here, and its time has to have passed.
    fn delete(&mut self, run_id: RunId) -> Result<(), String> {
        let now = self.time.clock.now();
        let run = self.runs.get_mut(&run_id).filter(|run| !run.is_deleted);
        let run = run.ok_or_else(|| format!("run {run_id} is deleted, and was not there"))?;
        let state = &run.state;
        if state.status().is_open() || state.has_messages() {
            return Err(format!("run {run_id} is deleted, and has something to do"));
        }
        let closed_at = state.closed_at().unwrap_or(now);
        if closed_at.after(RETENTION) > now && self.time.jumps_back() == 0 && !run.is_scheduler() {
            return Err(format!("run {run_id} is deleted before its time"));
        }
        run.is_deleted = true;
        Ok(())
    }

    fn add_part(&mut self, part: &CommitPart) -> Result<Fact, String> {
        let run_id = part.run_id;
        let run = self.runs.entry(run_id).or_insert_with(|| Run {
            state: ExecutionState::of_run(run_id),
            ..Run::default()
        });
        let expected = run.state.last_record().next();
        if part.number != expected {
            let number = part.number;
            return Err(format!(
                "record {number} of run {run_id} is written in the place of record {expected}"
            ));
        }
        let stored = StoredRecord {
            number: part.number,
            bytes: part.record.clone(),
        };
        let decoded = record::decode(run_id, &stored);
        let mut transition = decoded.map_err(|error| error.to_string())?;
        read(&self.codecs, &mut transition)?;
        let is_new = run.state.started().is_none();
        run.state.apply(&transition);
        if run.recent.len() == RECENT {
            run.recent.remove(0);
        }
        run.recent.push(run.state.clone());
        for entry in &transition.entries {
            match entry {
                Entry::Event(event) => run.history.events.push(event.clone()),
                Entry::Change(Change::AttemptStarted(it)) => {
                    if !run.attempts.insert((it.scheduled_event_id, it.attempt)) {
                        let (activity, attempt) = (it.scheduled_event_id, it.attempt);
                        return Err(format!(
                            "attempt {attempt} of activity {activity} is started twice"
                        ));
                    }
                }
                Entry::Change(Change::EventBuffered(it)) => {
                    run.buffered.push(it.attributes.clone());
                }
                Entry::Change(_) => {}
            }
        }
        if is_new {
            let workflow_id = run.state.execution().workflow_id;
            self.executions.entry(workflow_id).or_default().push(run_id);
        }
        Ok(Fact {
            run_id,
            transition,
            record: part.record.clone(),
        })
    }

    /// The runs of an execution.
    pub(crate) fn runs_of(&self, workflow_id: &WorkflowId) -> impl Iterator<Item = &Run> {
        let run_ids = self.executions.get(workflow_id).into_iter().flatten();
        run_ids.filter_map(|run_id| self.runs.get(run_id))
    }

    /// The events of all runs of an execution.
    pub(crate) fn events_of(
        &self,
        workflow_id: &WorkflowId,
    ) -> impl Iterator<Item = &HistoryEvent> {
        self.runs_of(workflow_id)
            .flat_map(|run| &run.history.events)
    }

    /// The run of an execution that this request has started.
    pub(crate) fn started_by(&self, workflow_id: &WorkflowId, id: &RequestId) -> Option<&Run> {
        self.runs_of(workflow_id).find(|run| {
            let started = run.state.started();
            started.is_some_and(|started| started.request_id == *id)
        })
    }
}

/// Reads the values of events as they were before they were kept.
fn read(codecs: &Codecs, transition: &mut Transition) -> Result<(), String> {
    let workflow_id = WorkflowId::default();
    let events = transition
        .entries
        .iter_mut()
        .filter_map(|entry| match entry {
            Entry::Event(event) => Some(&mut event.attributes),
            Entry::Change(Change::EventBuffered(it)) => Some(&mut it.attributes),
            Entry::Change(_) => None,
        });
    for attributes in events {
        let read = codecs.decode(attributes, &workflow_id);
        read.map_err(|error| error.to_string())?;
    }
    Ok(())
}
