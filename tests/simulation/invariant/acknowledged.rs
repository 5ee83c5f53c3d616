//! Nothing acknowledged is lost: what a client was told is on the disk then, and ever after.

use std::collections::BTreeMap;

use sempre::{
    client::{UpdateAnswer, UpdateStand},
    machine::execution::ExecutionState,
    model::{EventAttributes, RecordNumber, RunId, TaskToken, UpdateId, event::update::Outcome},
    storage::{MemoryStore, ReadStore as _},
};

use crate::simulation::{
    client::{Answer, Asked, update_id},
    facts::{Facts, Run},
    invariant::{Invariant, Moment},
    plan::What,
    schedule::ScheduleAsk,
};

/// The records of each run that some client has seen the effect of.
#[derive(Default)]
pub(super) struct Acknowledged {
    records: BTreeMap<RunId, RecordNumber>,
}

impl Invariant for Acknowledged {
    fn name(&self) -> &'static str {
        "nothing acknowledged is lost"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Answered(asked, answer) => {
                let found = evidence(asked, answer, facts)?;
                if let Some(state) = found {
                    let last = self.records.entry(state.run_id()).or_default();
                    *last = (*last).max(state.last_record());
                }
                Ok(())
            }
            Moment::Gone(store) => self.check_store(store, facts),
            _ => Ok(()),
        }
    }
}

impl Acknowledged {
    fn check_store(&self, store: &MemoryStore, facts: &Facts) -> Result<(), String> {
        // What was deleted because its time has passed is not lost.
        let is_kept = |run_id: &RunId| facts.runs.get(run_id).is_some_and(|it| !it.is_deleted);
        for (run_id, last) in self.records.iter().filter(|(run_id, _)| is_kept(run_id)) {
            let left = store.records(*run_id, RecordNumber::NONE.next(), usize::MAX);
            let left = left.map_err(|error| error.to_string())?;
            let found = left.last().map_or(RecordNumber::NONE, |last| last.number);
            if found < *last {
                return Err(format!(
                    "run {run_id} had {last} records when a client was answered, and has {found}"
                ));
            }
        }
        Ok(())
    }
}

/// The state that shows that what was answered is on the disk.
fn evidence<'f>(
    asked: &Asked,
    answer: &Answer,
    facts: &'f Facts,
) -> Result<Option<&'f ExecutionState>, String> {
    let (workflow_id, id) = (asked.workflow_id(), asked.request_id());
    let missing = || Err(format!("{id} was answered, and nothing of it is synced"));
    let is_recorded = |event: &EventAttributes| match event {
        EventAttributes::WorkflowExecutionSignaled(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionPaused(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionUnpaused(it) => it.request_id == id,
        EventAttributes::WorkflowExecutionTerminated(it) => it.reason == id.as_str(),
        _ => false,
    };
    let run = match (&asked.ask.what, answer) {
        (What::Start(_), Answer::Started(started)) => {
            let run = facts.runs.get(&started.run_id);
            let by = run.and_then(|run| run.state.started());
            if started.is_new && by.is_some_and(|by| by.request_id != id) {
                return Err(format!("{id} was told that it has started another's run"));
            }
            run
        }
        (What::Change(_) | What::Mission(_), Answer::Updated(answer)) => {
            updated(facts, answer, &update_id(asked.ask.id))
        }
        (What::Outcome(of), Answer::Updated(answer)) => updated(facts, answer, &update_id(*of)),
        (What::Report { left, is_end: true }, Answer::Reported) => {
            let run = facts.runs.get(&left.token.execution().run_id);
            run.filter(|run| has_ended(run, &left.token))
        }
        (What::Reset(_), Answer::Reset(run_id)) => facts
            .runs
            .get(run_id)
            .filter(|run| run.state.reset_request_id() == Some(&asked.request_id())),
        (What::Cancel, Answer::Done) => facts
            .runs_of(&workflow_id)
            // One that has closed has nothing left to stop.
            .filter(|run| run.state.cancel_requested() || !run.state.status().is_open())
            .last(),
        (What::Schedule(ScheduleAsk::Create(_)), Answer::Scheduled) => {
            facts.started_by(&workflow_id, &id)
        }
        // It is terminated, under no id.
        (What::Schedule(ScheduleAsk::Delete), Answer::Scheduled) => facts
            .runs_of(&workflow_id)
            .find(|run| !run.state.status().is_open()),
        (What::Schedule(_), Answer::Scheduled) => {
            let id = update_id(asked.ask.id);
            facts
                .runs_of(&workflow_id)
                .find(|run| has_completed(run, &id))
        }
        (_, Answer::Done) => facts.runs_of(&workflow_id).find(|run| {
            let events = run.history.attributes();
            events.chain(&run.buffered).any(is_recorded)
        }),
        _ => return Ok(None),
    };
    run.map_or_else(missing, |run| Ok(Some(&run.state)))
}

/// Whether a run has completed an update.
fn has_completed(run: &Run, id: &UpdateId) -> bool {
    run.history.attributes().any(|event| match event {
        EventAttributes::WorkflowExecutionUpdateCompleted(it) => it.update_id == *id,
        _ => false,
    })
}

/// Whether an attempt of an activity counts no longer.
fn has_ended(run: &Run, token: &TaskToken) -> bool {
    let activity = token.scheduled_event_id();
    let mut pending = run.state.pending_activities();
    let pending = pending.find(|it| it.scheduled_event_id == activity);
    pending.is_none_or(|it| it.attempt > token.attempt() || !it.is_started())
}

/// The run that shows how far an update has got: as far as was said.
fn updated<'f>(facts: &'f Facts, answer: &UpdateAnswer, id: &UpdateId) -> Option<&'f Run> {
    let run = facts.runs.get(&answer.run_id)?;
    let mut accepted = false;
    let mut completed = None;
    for event in &run.history.events {
        match &event.attributes {
            EventAttributes::WorkflowExecutionUpdateAccepted(it) => {
                accepted |= it.protocol_instance_id == *id;
            }
            EventAttributes::WorkflowExecutionUpdateCompleted(it) if it.update_id == *id => {
                completed = Some(&it.outcome);
            }
            _ => {}
        }
    }
    let is_shown = match (&answer.stand, completed) {
        (UpdateStand::Accepted, _) => accepted,
        (UpdateStand::Completed(said), Some(completed)) => accepted && said == completed,
        // What is said of an update that its run has left behind.
        (UpdateStand::Completed(Outcome::Failure(_)), None) => {
            accepted && !run.state.status().is_open()
        }
        (UpdateStand::Completed(Outcome::Success(_)), None) => false,
    };
    is_shown.then_some(run)
}
