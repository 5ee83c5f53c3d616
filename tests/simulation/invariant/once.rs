//! Nothing happens twice: a request is recorded once, whatever repeats it, and what was never asked
//! is not recorded. What the grammar of histories forbids does not happen either.

use std::collections::{BTreeMap, BTreeSet};

use sempre::model::{
    Change, Entry, EventAttributes, EventId, ProgressMark, RequestId, RunId, UpdateId, WorkflowId,
};

use crate::simulation::{
    client::update_id,
    facts::{Fact, Facts},
    invariant::{Invariant, Moment},
};

/// What was recorded.
#[derive(Default)]
pub(super) struct Once {
    /// The request that has started the latest run of each execution. Those before are forgotten, by
    /// the engine as by Temporal.
    starts: BTreeMap<WorkflowId, RequestId>,
    signals: BTreeSet<(RunId, RequestId)>,
    reports: BTreeSet<(RunId, RequestId)>,
    /// Those that other runs have sent.
    told: BTreeSet<RequestId>,
    ends: BTreeSet<(RunId, EventId)>,
    accepted: BTreeSet<(RunId, UpdateId)>,
    completed: BTreeSet<(RunId, UpdateId)>,
}

impl Invariant for Once {
    fn name(&self) -> &'static str {
        "nothing happens twice"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Synced(fact) => {
                self.forget(fact, facts);
                self.add(fact)
            }
            Moment::Gone(_) | Moment::Quiet(_) => facts.runs.values().try_for_each(|run| {
                let checked = run.history.check_grammar();
                checked.map_err(|violation| violation.to_string())
            }),
            Moment::Over(clients) => {
                let known: BTreeSet<RequestId> = clients
                    .asked
                    .values()
                    .map(|asked| asked.request_id())
                    .collect();
                let mut signals = self.signals.iter();
                if let Some((_, id)) =
                    signals.find(|(_, id)| !known.contains(id) && !self.told.contains(id))
                {
                    return Err(format!("{id} was never asked for"));
                }
                let asked = clients.asked.keys().map(|id| update_id(*id));
                let asked: BTreeSet<UpdateId> = asked.collect();
                match self.accepted.iter().find(|(_, id)| !asked.contains(id)) {
                    Some((_, id)) => Err(format!("{id} was never asked for")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Once {
    /// Forgets which request has started the run before one that begins, if that was deleted.
    fn forget(&mut self, fact: &Fact, facts: &Facts) {
        let begun = fact
            .transition
            .events()
            .find_map(|event| match &event.attributes {
                EventAttributes::WorkflowExecutionStarted(it) => Some(it),
                _ => None,
            });
        let Some(begun) = begun else { return };
        let runs = facts.runs_of(&begun.workflow_id);
        // What follows it is known already, if it is in the same commit.
        let before = runs.take_while(|it| it.state.run_id() != fact.run_id);
        let before = before.last();
        if before.is_some_and(|it| it.is_deleted) {
            self.starts.remove(&begun.workflow_id);
        }
    }

    fn add(&mut self, fact: &Fact) -> Result<(), String> {
        let first = fact.transition.entries.first();
        let is_fork = matches!(first, Some(Entry::Change(Change::Forked(_))));
        for event in fact.transition.events() {
            let is_first = match &event.attributes {
                // It goes on from the latest run, which that request has started.
                EventAttributes::WorkflowExecutionStarted(it) if is_fork => {
                    self.starts.get(&it.workflow_id) == Some(&it.request_id)
                }
                EventAttributes::WorkflowExecutionStarted(it) => {
                    let id = it.request_id.clone();
                    let before = self.starts.insert(it.workflow_id.clone(), id);
                    // The runs of a chain have one request in common.
                    let follows = it.lineage.continued_execution_run_id.is_some();
                    follows == (before.as_ref() == Some(&it.request_id))
                }
                // Nobody has asked for it; `dialog` knows whether it was said.
                EventAttributes::WorkflowExecutionSignaled(it)
                    if ProgressMark::of(it).is_some() =>
                {
                    self.reports.insert((fact.run_id, it.request_id.clone()))
                }
                EventAttributes::WorkflowExecutionSignaled(it) => {
                    if it.external_workflow_execution.is_some() {
                        self.told.insert(it.request_id.clone());
                    }
                    self.signals.insert((fact.run_id, it.request_id.clone()))
                }
                EventAttributes::WorkflowExecutionUpdateAccepted(it) => {
                    let id = it.protocol_instance_id.clone();
                    self.accepted.insert((fact.run_id, id))
                }
                EventAttributes::WorkflowExecutionUpdateCompleted(it) => {
                    let update = (fact.run_id, it.update_id.clone());
                    self.accepted.contains(&update) && self.completed.insert(update)
                }
                EventAttributes::TimerFired(it) => {
                    self.ends.insert((fact.run_id, it.started_event_id))
                }
                EventAttributes::TimerCanceled(it) => {
                    self.ends.insert((fact.run_id, it.started_event_id))
                }
                other => other
                    .ended_activity()
                    .is_none_or(|activity| self.ends.insert((fact.run_id, activity))),
            };
            if !is_first {
                let (kind, id) = (event.event_type(), event.id);
                return Err(format!("{kind} is recorded again as event {id}"));
            }
        }
        Ok(())
    }
}
