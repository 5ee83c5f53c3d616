//! What attempts did, held against what histories say of them.

use std::collections::BTreeMap;

use sempre::model::{EventAttributes, EventId, History};

use crate::crash::ledger::{ActivityKey, Mark};

/// What attempts did, by activity, in the order of time.
pub type Attempts = BTreeMap<ActivityKey, Vec<(Mark, u32)>>;

/// The attempts of each activity began in the order of their numbers, each once.
///
/// # Errors
/// Which did not.
pub fn check_order(attempts: &Attempts) -> Result<(), String> {
    for (key, marks) in attempts {
        let starts = marks.iter().filter(|(mark, _)| *mark == Mark::Start);
        let starts: Vec<u32> = starts.map(|(_, attempt)| *attempt).collect();
        if !starts.is_sorted_by(|one, next| one < next) {
            return Err(format!("{key:?} made the attempts {starts:?}"));
        }
    }
    Ok(())
}

/// No activity of this workflow ran after its completion was recorded, and the recorded attempt ran to
/// its end.
///
/// # Errors
/// Which did.
pub fn check_completed(attempts: &Attempts, id: &str, history: &History) -> Result<(), String> {
    for (key, attempt) in completed(id, history) {
        // The side file is in the order of time.
        let last = attempts.get(&key).and_then(|marks| marks.last());
        if last != Some(&(Mark::End, attempt)) {
            let what = format!("{key:?} was completed by attempt {attempt}, last did {last:?}");
            return Err(what);
        }
    }
    Ok(())
}

/// The activities that are completed, each with the attempt that did.
pub fn completed(id: &str, history: &History) -> Vec<(ActivityKey, u32)> {
    let mut scheduled: BTreeMap<EventId, (ActivityKey, u32)> = BTreeMap::new();
    let mut completed = Vec::new();
    for event in &history.events {
        match &event.attributes {
            EventAttributes::ActivityTaskScheduled(it) => {
                let key = (id.to_owned(), it.activity_id.to_string());
                scheduled.insert(event.id, (key, 0));
            }
            EventAttributes::ActivityTaskStarted(it) => {
                if let Some((_, attempt)) = scheduled.get_mut(&it.scheduled_event_id) {
                    *attempt = it.attempt;
                }
            }
            EventAttributes::ActivityTaskCompleted(it) => {
                completed.extend(scheduled.remove(&it.scheduled_event_id));
            }
            _ => {}
        }
    }
    completed
}
