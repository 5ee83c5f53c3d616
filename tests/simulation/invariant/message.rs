//! What one run says to another: taken only after it was said, and answered only after it was taken.

use std::collections::BTreeSet;

use sempre::model::{Change, Entry, EventAttributes, EventId, RequestId, RunId};

use crate::simulation::{
    facts::{Fact, Facts},
    invariant::{Invariant, Moment},
};

/// The signals of runs to others.
#[derive(Default)]
pub(super) struct Messages {
    said: BTreeSet<RequestId>,
    taken: BTreeSet<RequestId>,
}

impl Invariant for Messages {
    fn name(&self) -> &'static str {
        "sender and receiver of a message agree"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Synced(fact) => self.add(fact, facts),
            _ => Ok(()),
        }
    }
}

impl Messages {
    fn add(&mut self, fact: &Fact, facts: &Facts) -> Result<(), String> {
        use EventAttributes as E;
        // What a copied event says is said under the name of the run that has recorded it.
        let run = facts.runs.get(&fact.run_id);
        let sender = |event_id| run.map_or(fact.run_id, |run| run.origin_of(event_id));
        for event in fact.transition.events() {
            let is_action = run.is_some_and(|run| run.action().is_some());
            if is_action && event.attributes.closes_the_run() {
                // Its schedule is told.
                self.said.insert(name(fact.run_id, event.id));
            }
            match &event.attributes {
                E::SignalExternalWorkflowExecutionInitiated(_) => {
                    self.said.insert(name(sender(event.id), event.id));
                }
                E::WorkflowExecutionSignaled(it) if it.external_workflow_execution.is_some() => {
                    let id = &it.request_id;
                    if !self.said.contains(id) {
                        return Err(format!("{id} was taken, and nobody has said it"));
                    }
                    self.taken.insert(id.clone());
                }
                E::ExternalWorkflowExecutionSignaled(it) => {
                    let id = name(sender(it.initiated_event_id), it.initiated_event_id);
                    if !self.taken.contains(&id) {
                        return Err(format!("{id} was answered, and nobody has taken it"));
                    }
                }
                _ => {}
            }
        }
        // What comes while a workflow task is open is taken then.
        let buffered = fact.transition.entries.iter().filter_map(|it| match it {
            Entry::Change(Change::EventBuffered(it)) => Some(&it.attributes),
            _ => None,
        });
        for attributes in buffered {
            if let E::WorkflowExecutionSignaled(it) = attributes {
                self.taken.insert(it.request_id.clone());
            }
        }
        Ok(())
    }
}

/// What a receiver knows a signal by.
fn name(sender: RunId, event_id: EventId) -> RequestId {
    RequestId::from(format!("{sender}/{event_id}/SIGNAL"))
}
