//! Nothing is begun of what is paused.

use std::collections::BTreeSet;

use sempre::model::{Change, Entry, EventAttributes, EventId, RunId};

use crate::simulation::{
    facts::{Fact, Facts},
    invariant::{Invariant, Moment},
};

/// What is paused, as far as is synced.
#[derive(Default)]
pub(super) struct Pauses {
    /// Those whose pause waits for the end of a workflow task, too.
    runs: BTreeSet<RunId>,
    /// Those whose pause is in the history.
    recorded: BTreeSet<RunId>,
    activities: BTreeSet<(RunId, EventId)>,
}

impl Invariant for Pauses {
    fn name(&self) -> &'static str {
        "nothing is begun of what is paused"
    }

    fn check(&mut self, moment: &Moment<'_>, _: &Facts) -> Result<(), String> {
        let Moment::Synced(fact) = moment else {
            return Ok(());
        };
        let Fact {
            run_id, transition, ..
        } = fact;
        let mut entries = transition.entries.iter();
        entries.try_for_each(|entry| match entry {
            Entry::Event(event) => self.take_event(*run_id, &event.attributes),
            Entry::Change(Change::EventBuffered(waiting)) => {
                take(&mut self.runs, *run_id, &waiting.attributes);
                Ok(())
            }
            Entry::Change(change) => self.take_change(*run_id, change),
        })
    }
}

impl Pauses {
    fn take_event(&mut self, run_id: RunId, event: &EventAttributes) -> Result<(), String> {
        take(&mut self.runs, run_id, event);
        take(&mut self.recorded, run_id, event);
        match event {
            EventAttributes::WorkflowTaskScheduled(_) | EventAttributes::WorkflowTaskStarted(_)
                if self.recorded.contains(&run_id) =>
            {
                Err(format!("a workflow task of {run_id} begins"))
            }
            _ => Ok(()),
        }
    }

    fn take_change(&mut self, run_id: RunId, change: &Change) -> Result<(), String> {
        match change {
            Change::ActivityPaused(it) => {
                self.activities.insert((run_id, it.scheduled_event_id));
            }
            Change::ActivityUnpaused(it) => {
                self.activities.remove(&(run_id, it.scheduled_event_id));
            }
            Change::AttemptStarted(it) => {
                let activity = (run_id, it.scheduled_event_id);
                if self.runs.contains(&run_id) || self.activities.contains(&activity) {
                    let event = it.scheduled_event_id;
                    return Err(format!("an attempt of activity {event} of {run_id} begins"));
                }
            }
            Change::WorkflowTaskScheduled(_) | Change::WorkflowTaskStarted(_)
                if self.recorded.contains(&run_id) =>
            {
                return Err(format!("a workflow task of {run_id} begins anew"));
            }
            _ => {}
        }
        Ok(())
    }
}

fn take(paused: &mut BTreeSet<RunId>, run_id: RunId, event: &EventAttributes) {
    match event {
        EventAttributes::WorkflowExecutionPaused(_) => {
            paused.insert(run_id);
        }
        EventAttributes::WorkflowExecutionUnpaused(_) => {
            paused.remove(&run_id);
        }
        _ => {}
    }
}
