//! What running activities say is recorded as they say it, and they are told all that their workflows
//! say to them, in order.

use std::collections::BTreeMap;

use sempre::model::{
    ActivityId, Change, Control, Entry, EventAttributes, EventId, ProgressMark, RunId,
    event::{activity_task, workflow_execution::Signaled},
};

use crate::simulation::{
    activity::{Attempt, AttemptKey},
    facts::{Fact, Facts, Run},
    invariant::{Invariant, Moment},
};

/// What attempts have said and heard.
#[derive(Default)]
pub(super) struct Dialog {
    said: BTreeMap<AttemptKey, Vec<u32>>,
    recorded: BTreeMap<AttemptKey, u32>,
    /// Of attempts that have begun in this life.
    heard: BTreeMap<AttemptKey, Vec<u32>>,
}

impl Invariant for Dialog {
    fn name(&self) -> &'static str {
        "activities and their workflows understand each other"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Said(key, number) => self.said.entry(*key).or_default().push(*number),
            Moment::Synced(fact) => return self.check_fact(fact, facts),
            // What blocks has ended by now, and hears nothing.
            Moment::Began(attempt) if !attempt.work.is_blocking => {
                self.heard
                    .extend(attempt.key().map(|key| (key, Vec::new())));
            }
            Moment::Heard(attempt) => return self.check_heard(attempt, facts),
            Moment::Rested(rest) if !rest.is_troubled => return self.check_all_heard(facts),
            Moment::Gone(_) => self.heard.clear(),
            _ => {}
        }
        Ok(())
    }
}

impl Dialog {
    fn check_fact(&mut self, fact: &Fact, facts: &Facts) -> Result<(), String> {
        let first = fact.transition.entries.first();
        if matches!(first, Some(Entry::Change(Change::Forked(_)))) {
            // It was said to another run.
            return Ok(());
        }
        for event in fact.transition.events() {
            match &event.attributes {
                EventAttributes::WorkflowExecutionSignaled(it) => {
                    self.check_report(fact.run_id, it)?;
                }
                EventAttributes::ActivityTaskCompleted(it) => {
                    self.check_last(fact.run_id, it, facts)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A report was made by the attempt that it is of, after those that are recorded before it.
    fn check_report(&mut self, run_id: RunId, signal: &Signaled) -> Result<(), String> {
        let Some(mark) = ProgressMark::of(signal) else {
            return Ok(());
        };
        let key = AttemptKey {
            run_id,
            scheduled_event_id: mark.scheduled_event_id,
            attempt: mark.attempt,
        };
        let value = ProgressMark::value_in(signal).decode::<u32>();
        let value = value.map_err(|error| error.to_string())?;
        if !self
            .said
            .get(&key)
            .is_some_and(|said| said.contains(&value))
        {
            return Err(format!("report {value} was never made by {key:?}"));
        }
        let before = self.recorded.insert(key, value).unwrap_or_default();
        if before < value {
            return Ok(());
        }
        Err(format!("report {value} of {key:?} comes after {before}"))
    }

    /// What an attempt has said last is recorded with its result.
    fn check_last(
        &self,
        run_id: RunId,
        completed: &activity_task::Completed,
        facts: &Facts,
    ) -> Result<(), String> {
        let events = facts.runs.get(&run_id).map(|run| &run.history.events);
        let mut events = events.into_iter().flatten();
        let started = events.find(|event| event.id == completed.started_event_id);
        let Some(EventAttributes::ActivityTaskStarted(started)) = started.map(|it| &it.attributes)
        else {
            return Ok(());
        };
        let key = AttemptKey {
            run_id,
            scheduled_event_id: completed.scheduled_event_id,
            attempt: started.attempt,
        };
        let said = self.said.get(&key).and_then(|said| said.last());
        let recorded = self.recorded.get(&key);
        if said == recorded {
            return Ok(());
        }
        Err(format!(
            "{key:?} said {said:?} last, recorded is {recorded:?}"
        ))
    }

    /// What an attempt hears is recorded, and all that was said before it is heard before it.
    fn check_heard(&mut self, attempt: &Attempt, facts: &Facts) -> Result<(), String> {
        let Some(key) = attempt.key() else {
            return Err("a local activity has heard something".to_owned());
        };
        let run = facts.runs.get(&key.run_id);
        let told = run.map(|run| told(run, &attempt.ctx.info().activity_id));
        let told = told.unwrap_or_default();
        if !told.starts_with(&attempt.heard) {
            let heard = &attempt.heard;
            return Err(format!("{key:?} has heard {heard:?}, recorded is {told:?}"));
        }
        self.heard.insert(key, attempt.heard.clone());
        Ok(())
    }

    /// Whoever runs has heard all that is recorded.
    fn check_all_heard(&self, facts: &Facts) -> Result<(), String> {
        for (key, heard) in &self.heard {
            let Some(run) = facts.runs.get(&key.run_id) else {
                continue;
            };
            let Some(activity_id) = running(run, key.scheduled_event_id, key.attempt) else {
                continue;
            };
            let told = told(run, activity_id);
            if told != *heard {
                return Err(format!("{key:?} has heard {heard:?}, recorded is {told:?}"));
            }
        }
        Ok(())
    }
}

/// The activity of an attempt that runs.
fn running(run: &Run, scheduled_event_id: EventId, attempt: u32) -> Option<&ActivityId> {
    let activity = run.state.pending_activity(scheduled_event_id)?;
    let runs = activity.is_started() && !activity.is_handed_over();
    (runs && activity.attempt == attempt).then_some(&activity.scheduled.activity_id)
}

/// What the workflow has told an activity, as its history has it.
fn told(run: &Run, activity_id: &ActivityId) -> Vec<u32> {
    let markers = run.history.attributes().filter_map(|event| match event {
        EventAttributes::MarkerRecorded(it) => Control::of(&it.marker_name, &it.details),
        _ => None,
    });
    let to_it = markers.filter(|control| control.activity_id == *activity_id);
    to_it
        .filter_map(|control| control.message.decode().ok())
        .collect()
}
