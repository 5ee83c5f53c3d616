//! Parent and child agree: a child is started once, and only by a parent that has asked for it; what
//! a parent records of a child is what has become of it; and a child whose parent has closed ends as
//! the parent said.

use std::collections::BTreeMap;

use sempre::model::{
    EventAttributes as E, EventId, EventType, ParentClosePolicy, RunId, WorkflowExecution,
};

use crate::simulation::{
    facts::{Fact, Facts, Run},
    invariant::{Invariant, Moment},
};

/// The first runs of children, by the events of their parents that asked for them.
#[derive(Default)]
pub(super) struct Children {
    started: BTreeMap<(RunId, EventId), RunId>,
}

impl Invariant for Children {
    fn name(&self) -> &'static str {
        "parent and child agree"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Synced(fact) => self.add(fact, facts),
            Moment::Quiet(_) | Moment::Over(_) => facts
                .runs
                .iter()
                .try_for_each(|(run_id, run)| self.check_settled(*run_id, run, facts)),
            _ => Ok(()),
        }
    }
}

impl Children {
    fn add(&mut self, fact: &Fact, facts: &Facts) -> Result<(), String> {
        let run = facts.runs.get(&fact.run_id);
        if run.is_some_and(|run| run.recent.len() == 1 && run.is_fork()) {
            // What is copied was looked at where it was recorded.
            return Ok(());
        }
        for event in fact.transition.events() {
            match &event.attributes {
                E::WorkflowExecutionStarted(it) => {
                    let lineage = &it.lineage;
                    let Some(parent) = lineage.parent_workflow_execution.as_deref() else {
                        continue;
                    };
                    if lineage.continued_execution_run_id.is_none() {
                        let asked = lineage.parent_initiated_event_id;
                        self.begin(fact.run_id, parent.run_id, asked, facts)?;
                    }
                }
                E::ChildWorkflowExecutionStarted(it) => {
                    let asked = it.initiated_event_id;
                    let parent = run.map_or(fact.run_id, |run| run.origin_of(asked));
                    let known = self.started.get(&(parent, asked));
                    let recorded = it.workflow_execution.run_id;
                    if known != Some(&recorded) {
                        return Err(format!(
                            "run {} has started child {recorded}, which is {known:?}",
                            fact.run_id
                        ));
                    }
                }
                other => self.check_end(fact.run_id, other, facts)?,
            }
        }
        Ok(())
    }

    /// A child begins, because its parent has asked for it, and for the first time.
    fn begin(
        &mut self,
        child: RunId,
        parent: RunId,
        asked: EventId,
        facts: &Facts,
    ) -> Result<(), String> {
        let events = facts.runs.get(&parent).map(|run| &run.history.events);
        let is_asked = events.into_iter().flatten().any(|event| {
            event.id == asked
                && event.event_type() == EventType::StartChildWorkflowExecutionInitiated
        });
        if !is_asked {
            return Err(format!("child {child} begins, and nobody has asked for it"));
        }
        match self.started.insert((parent, asked), child) {
            None => Ok(()),
            Some(first) => Err(format!("child {first} begins again as {child}")),
        }
    }

    /// What a parent says of the end of a child is how its last run has closed.
    fn check_end(&self, parent: RunId, said: &E, facts: &Facts) -> Result<(), String> {
        let Some((initiated, run, expected)) = end(said) else {
            return Ok(());
        };
        let close = facts.runs.get(&run.run_id).and_then(|it| it.state.close());
        let closed_as = close.map(E::event_type);
        let goes_on = close.and_then(E::new_execution_run_id).is_some();
        let asker = facts.runs.get(&parent);
        let asker = asker.map_or(parent, |run| run.origin_of(initiated));
        if closed_as != Some(expected) || goes_on {
            let child = run.run_id;
            return Err(format!(
                "run {parent} says {} of child {child}, which is {closed_as:?}",
                said.event_type()
            ));
        }
        if !self.started.contains_key(&(asker, initiated)) {
            return Err(format!("run {parent} has a child that never began"));
        }
        Ok(())
    }

    /// Where nothing is under way any more, nothing is left to be said.
    fn check_settled(&self, run_id: RunId, run: &Run, facts: &Facts) -> Result<(), String> {
        let state = &run.state;
        if state.status().is_open() {
            for child in state.pending_children() {
                let last = last_of(child.execution.run_id, facts);
                let goes_on = last.is_some_and(|last| last.state.status().is_open());
                if run.origin_of(child.initiated_event_id) != run_id {
                    // It may have ended when its parent had closed and was not reset yet.
                    continue;
                }
                if !goes_on || child.started_event_id.is_none() {
                    let child = child.execution.run_id;
                    return Err(format!("run {run_id} waits for child {child} for ever"));
                }
            }
            return Ok(());
        }
        if state.has_messages() {
            return Err(format!("run {run_id} has closed, and has more to say"));
        }
        self.check_orphans(run_id, run, facts)
    }

    /// The children of a run that has closed have ended as it said, or go on if it said so.
    fn check_orphans(&self, run_id: RunId, run: &Run, facts: &Facts) -> Result<(), String> {
        let state = &run.state;
        let ended = run.history.attributes().filter_map(end);
        let ended: Vec<EventId> = ended.map(|(initiated, _, _)| initiated).collect();
        for event in &run.history.events {
            let E::StartChildWorkflowExecutionInitiated(asked) = &event.attributes else {
                continue;
            };
            let Some(first) = self.started.get(&(run_id, event.id)) else {
                continue;
            };
            if state.reset_with_child(event.id).is_some() {
                // It is the business of the run that goes on.
                continue;
            }
            let last = last_of(*first, facts);
            let Some(last) = last.filter(|_| !ended.contains(&event.id)) else {
                continue;
            };
            let is_open = last.state.status().is_open();
            let wrong = match asked.parent_close_policy {
                ParentClosePolicy::Terminate => is_open,
                ParentClosePolicy::RequestCancel => is_open && !was_asked_to_stop(*first, facts),
                _ => false,
            };
            if wrong {
                let child = last.state.run_id();
                return Err(format!("child {child} has outlived its parent {run_id}"));
            }
        }
        Ok(())
    }
}

/// The last run of a chain.
fn last_of(first: RunId, facts: &Facts) -> Option<&Run> {
    chain(first, facts).last()
}

/// Whether a run of a chain was asked to stop. One that continues as new nevertheless does not hand
/// that on.
fn was_asked_to_stop(first: RunId, facts: &Facts) -> bool {
    chain(first, facts).any(|run| run.state.cancel_requested())
}

/// The runs of a chain, from this one on.
fn chain(first: RunId, facts: &Facts) -> impl Iterator<Item = &Run> {
    let successor = |run: &&Run| facts.runs.get(&run.successor()?);
    std::iter::successors(facts.runs.get(&first), successor)
}

/// Which child an event says has ended, with which run, and how that has closed.
fn end(said: &E) -> Option<(EventId, &WorkflowExecution, EventType)> {
    Some(match said {
        E::ChildWorkflowExecutionCompleted(it) => (
            it.initiated_event_id,
            &it.workflow_execution,
            EventType::WorkflowExecutionCompleted,
        ),
        E::ChildWorkflowExecutionFailed(it) => (
            it.initiated_event_id,
            &it.workflow_execution,
            EventType::WorkflowExecutionFailed,
        ),
        E::ChildWorkflowExecutionCanceled(it) => (
            it.initiated_event_id,
            &it.workflow_execution,
            EventType::WorkflowExecutionCanceled,
        ),
        E::ChildWorkflowExecutionTimedOut(it) => (
            it.initiated_event_id,
            &it.workflow_execution,
            EventType::WorkflowExecutionTimedOut,
        ),
        E::ChildWorkflowExecutionTerminated(it) => (
            it.initiated_event_id,
            &it.workflow_execution,
            EventType::WorkflowExecutionTerminated,
        ),
        _ => return None,
    })
}
