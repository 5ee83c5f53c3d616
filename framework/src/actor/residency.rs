//! Which runs of a shard are in memory, in what condition, and which leaves first.

use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use actix::Addr;
use derive_more::Debug;

use crate::{
    actor::{execution::Execution, message::ExecutionMail, recency::Recency, summary::Summary},
    model::{RunId, WorkflowId},
};

/// A run that is in memory, on its way out, or being rebuilt.
#[derive(Debug)]
pub(super) struct Resident {
    pub(super) summary: Rc<Summary>,
    pub(super) condition: Condition,
    /// When it was last used.
    used: u64,
    /// Its bytes, if it is on its way out.
    leaving_bytes: u64,
    /// Where it stands among those that are live, if it is.
    place: u64,
}

/// The condition of a resident run.
#[derive(Debug)]
pub(super) enum Condition {
    /// Takes mail.
    Live(Addr<Execution>),
    /// Leaves memory; mail waits until it has.
    Leaving(VecDeque<ExecutionMail>),
    /// Broke, and will be rebuilt; mail waits until it has been.
    Broken(VecDeque<ExecutionMail>),
}

/// The runs of a shard that are in memory.
#[derive(Debug, Default)]
pub(super) struct Residency {
    runs: BTreeMap<RunId, Resident>,
    latest: BTreeMap<WorkflowId, RunId>,
    /// The live runs.
    recency: Recency,
    /// How many runs are on their way out.
    leaving: usize,
    /// The bytes of those.
    leaving_bytes: u64,
}

impl Residency {
    /// Adds a run that is new, and therefore the latest of its execution unless another follows it.
    ///
    /// A run that replaces another may have been followed in its first step, and is admitted last.
    pub(super) fn admit_new(
        &mut self,
        run_id: RunId,
        summary: Rc<Summary>,
        address: Addr<Execution>,
    ) {
        // The store does not know the run before its start is durable.
        let entry = summary.entry.borrow();
        let workflow_id = entry.execution.workflow_id.clone();
        let is_followed = entry.new_execution_run_id.is_some();
        drop(entry);
        if !is_followed {
            self.latest.insert(workflow_id, run_id);
        }
        self.admit(run_id, summary, address);
    }

    /// Adds a live run, or brings one back; returns the mail that waited for it.
    pub(super) fn admit(
        &mut self,
        run_id: RunId,
        summary: Rc<Summary>,
        address: Addr<Execution>,
    ) -> VecDeque<ExecutionMail> {
        let waiting = self.remove_from_order(run_id);
        let place = self.recency.enter(run_id);
        let resident = Resident {
            summary,
            condition: Condition::Live(address),
            used: place,
            leaving_bytes: 0,
            place,
        };
        self.runs.insert(run_id, resident);
        waiting
    }

    /// The run, and a note that it has been used.
    pub(super) fn touch(&mut self, run_id: RunId) -> Option<&mut Resident> {
        let resident = self.runs.get_mut(&run_id)?;
        resident.used = self.recency.count_use();
        Some(resident)
    }

    /// The run.
    pub(super) fn get(&self, run_id: RunId) -> Option<&Resident> {
        self.runs.get(&run_id)
    }

    /// The latest run of an execution, if it was started since it last left memory.
    pub(super) fn latest(&self, workflow_id: &WorkflowId) -> Option<RunId> {
        self.latest.get(workflow_id).copied()
    }

    /// The live run that was used least recently, if more than `max` are live.
    pub(super) fn surplus(&mut self, max: usize) -> Option<RunId> {
        if self.recency.len() <= max {
            return None;
        }
        self.recency.oldest(|run_id| {
            let resident = self.runs.get_mut(&run_id)?;
            resident.place = resident.used;
            Some(resident.used)
        })
    }

    /// Lets mail for a live run wait until it has left memory; returns its address.
    pub(super) fn leave(&mut self, run_id: RunId) -> Option<Addr<Execution>> {
        let address = self.suspend(run_id, Condition::Leaving(VecDeque::new()));
        self.leaving += usize::from(address.is_some());
        if address.is_some()
            && let Some(resident) = self.runs.get_mut(&run_id)
        {
            resident.leaving_bytes = resident.summary.bytes.get();
            self.leaving_bytes += resident.leaving_bytes;
        }
        address
    }

    /// Takes the mail that waits for runs to be rebuilt.
    pub(super) fn take_waiting_for_rebuild(&mut self) -> Vec<ExecutionMail> {
        let runs = self.runs.values_mut();
        let waiting = runs.filter_map(|run| match &mut run.condition {
            Condition::Broken(waiting) => Some(std::mem::take(waiting)),
            Condition::Live(_) | Condition::Leaving(_) => None,
        });
        waiting.flatten().collect()
    }

    /// Lets mail for a run wait until it has been rebuilt; its address is forgotten.
    ///
    /// A run that was on its way out is not any more: its actor no longer says when it has left.
    pub(super) fn break_down(&mut self, run_id: RunId) {
        drop(self.suspend(run_id, Condition::Broken(VecDeque::new())));
        let Some(resident) = self.runs.get_mut(&run_id) else {
            return;
        };
        if let Condition::Leaving(waiting) = &mut resident.condition {
            resident.condition = Condition::Broken(std::mem::take(waiting));
            self.leaving -= 1;
            self.leaving_bytes -= std::mem::take(&mut resident.leaving_bytes);
        }
    }

    fn suspend(&mut self, run_id: RunId, condition: Condition) -> Option<Addr<Execution>> {
        let resident = self.runs.get_mut(&run_id)?;
        self.recency.leave(resident.place);
        match std::mem::replace(&mut resident.condition, condition) {
            Condition::Live(address) => Some(address),
            absent @ (Condition::Leaving(_) | Condition::Broken(_)) => {
                resident.condition = absent;
                None
            }
        }
    }

    /// Bytes of the runs that are on their way out.
    pub(super) fn leaving_bytes(&self) -> u64 {
        self.leaving_bytes
    }

    /// The live run that was used least recently, unless it is the only one.
    pub(super) fn oldest_of_several(&mut self) -> Option<RunId> {
        self.surplus(self.recency.len().saturating_sub(1).max(1))
    }

    /// How many runs are on their way out.
    pub(super) fn leaving(&self) -> usize {
        self.leaving
    }

    /// The runs that are live.
    pub(super) fn live(&self) -> Vec<RunId> {
        self.recency.runs().collect()
    }

    /// How many runs are in memory, in whatever condition.
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether no run is live, and none is on its way out.
    pub(super) fn has_left(&self) -> bool {
        let broken = |run: &Resident| matches!(run.condition, Condition::Broken(_));
        self.runs.values().all(broken)
    }

    /// Removes a run; returns the mail that waited for it.
    pub(super) fn remove(&mut self, run_id: RunId) -> VecDeque<ExecutionMail> {
        let Some(resident) = self.runs.get(&run_id) else {
            return VecDeque::new();
        };
        let workflow_id = resident
            .summary
            .entry
            .borrow()
            .execution
            .workflow_id
            .clone();
        if self.latest.get(&workflow_id) == Some(&run_id) {
            self.latest.remove(&workflow_id);
        }
        self.remove_from_order(run_id)
    }

    fn remove_from_order(&mut self, run_id: RunId) -> VecDeque<ExecutionMail> {
        let Some(resident) = self.runs.remove(&run_id) else {
            return VecDeque::new();
        };
        self.recency.leave(resident.place);
        match resident.condition {
            Condition::Live(_) => VecDeque::new(),
            Condition::Leaving(waiting) => {
                self.leaving -= 1;
                self.leaving_bytes -= resident.leaving_bytes;
                waiting
            }
            Condition::Broken(waiting) => waiting,
        }
    }
}
