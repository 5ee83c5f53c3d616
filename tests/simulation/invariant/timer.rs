//! No timer fires before its time, and none later than its bound; no event has a time that no clock
//! has shown.

use std::{collections::BTreeMap, time::Duration};

use sempre::{
    clock::MAX_LATENESS,
    model::{EventAttributes, EventId, HistoryEvent, RunId, Timestamp},
};

use crate::simulation::{
    facts::{Fact, Facts, Run},
    invariant::{Invariant, Moment, Rest},
};

/// The timers that have been started.
#[derive(Default)]
pub(super) struct Timers {
    started: BTreeMap<(RunId, EventId), Timer>,
}

/// A timer that has been started.
struct Timer {
    at: Timestamp,
    duration: Duration,
}

impl Invariant for Timers {
    fn name(&self) -> &'static str {
        "no timer fires early, none later than its bound"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Synced(fact) => {
                check_time(fact, facts)?;
                let mut events = fact.transition.events();
                events.try_for_each(|event| self.add(fact.run_id, event, facts))
            }
            Moment::Rested(rest) => self.check_pending(**rest, facts),
            _ => Ok(()),
        }
    }
}

fn check_time(fact: &Fact, facts: &Facts) -> Result<(), String> {
    let at = fact.transition.at;
    if facts.time.moments(at).is_empty() {
        return Err(format!("a transition is of {at}, which no clock has shown"));
    }
    Ok(())
}

impl Timers {
    fn add(&mut self, run_id: RunId, event: &HistoryEvent, facts: &Facts) -> Result<(), String> {
        match &event.attributes {
            EventAttributes::TimerStarted(it) => {
                let timer = Timer {
                    at: event.time,
                    duration: it.start_to_fire_timeout,
                };
                self.started.insert((run_id, event.id), timer);
            }
            EventAttributes::TimerCanceled(it) => {
                self.started.remove(&(run_id, it.started_event_id));
            }
            EventAttributes::TimerFired(it) => {
                let Some(timer) = self.started.remove(&(run_id, it.started_event_id)) else {
                    return Err(format!("event {} fires no timer", event.id));
                };
                check_not_early(&timer, event.time, facts)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn check_pending(&self, rest: Rest, facts: &Facts) -> Result<(), String> {
        if rest.is_troubled {
            return Ok(());
        }
        let now = facts.time.now();
        for ((run_id, started), timer) in &self.started {
            // One that has fired while a workflow task was open has its event when that is over.
            let waits = |run: &Run| {
                let mut buffered = run.buffered.iter();
                let has_fired = buffered.any(|event| match event {
                    EventAttributes::TimerFired(it) => it.started_event_id == *started,
                    _ => false,
                });
                run.state.status().is_open() && !has_fired
            };
            let is_open = facts.runs.get(run_id).is_some_and(waits);
            let begun = facts.time.moments(timer.at);
            let Some(begun) = begun.last().filter(|_| is_open) else {
                continue;
            };
            let late = match facts.time.jumps_back() {
                0 => now.truth.saturating_sub(begun.truth + timer.duration),
                // Where it is not clear which of several moments is meant, it may take its time again,
                // and a process that finds it may let it. Nobody knows how long the machine slept.
                jumps => {
                    let since = begun.awake.max(rest.since.awake);
                    let waits = timer.duration * (1 + jumps);
                    now.awake.saturating_sub(since + waits)
                }
            };
            if late > MAX_LATENESS {
                return Err(format!(
                    "the timer of event {started} has not fired, {late:?} after its time"
                ));
            }
        }
        Ok(())
    }
}

fn check_not_early(timer: &Timer, fired: Timestamp, facts: &Facts) -> Result<(), String> {
    // By the wall clock it is time.
    if fired >= timer.at.after(timer.duration) {
        return Ok(());
    }
    let begun = facts.time.moments(timer.at);
    let ended = facts.time.moments(fired);
    let (Some(begun), Some(ended)) = (begun.first(), ended.last()) else {
        return Err("a timer is of a time that no clock has shown".to_owned());
    };
    // What the wall clock was put forward counts as passed.
    let passed = ended.truth.saturating_sub(begun.truth);
    let passed = passed + ended.forward.saturating_sub(begun.forward);
    if passed >= timer.duration {
        return Ok(());
    }
    let duration = timer.duration;
    Err(format!("a timer of {duration:?} fires after {passed:?}"))
}
