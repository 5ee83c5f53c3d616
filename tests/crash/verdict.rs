//! What has to hold, by the log of acknowledgements, the histories and the side file.

use std::{collections::BTreeSet, error::Error};

use sempre::model::{EventAttributes, ExecutionStatus};
use sempre_tests::crash::{
    attempt,
    journey::{DETOUR_RUNS, ROUNDS},
    ledger::{self, Mark},
    protocol::signal_request_id,
};

use crate::{
    Outcome,
    place::Place,
    snapshot::Snapshot,
    world::{Acknowledged, World},
};

/// Whatever was acknowledged in any life is in the store, once.
pub(crate) fn check_acknowledged(world: &World, now: &Snapshot) -> Outcome {
    for (id, promised) in world.promised() {
        let Some(run_id) = &promised.run_id else {
            continue;
        };
        let journey = now
            .journey(id)
            .ok_or(format!("the start of {id} is lost"))?;
        if journey.run_id != *run_id {
            return Err(format!("{id} was started again").into());
        }
        for number in 1..=promised.signals {
            let request_id = signal_request_id(id, number);
            let times = journey.signals().filter(|it| *it == request_id).count();
            if times != 1 {
                return Err(format!("{request_id} is recorded {times} times").into());
            }
        }
        if promised.closed && !journey.history.is_closed() {
            return Err(format!("the close of {id} is lost").into());
        }
    }
    Ok(())
}

/// What is missing of this life's acknowledgements is the end of them.
pub(crate) fn check_prefix(world: &World, now: &Snapshot) -> Outcome {
    let is_there = |acknowledged: &Acknowledged| match acknowledged {
        Acknowledged::Start(id) => now.journey(id).is_some(),
        Acknowledged::Signal(id, number) => now.journey(id).is_some_and(|journey| {
            let request_id = signal_request_id(id, *number);
            journey.signals().any(|it| it == request_id)
        }),
    };
    let mut rest = world.acknowledged().iter().skip_while(|it| is_there(it));
    if rest.any(is_there) {
        return Err("something is missing before the end".into());
    }
    Ok(())
}

/// Every journey has arrived, with each of its signals in order.
pub(crate) fn check_arrived(world: &World, now: &Snapshot) -> Outcome {
    for id in world.journeys() {
        let journey = now.journey(id).ok_or(format!("{id} is missing"))?;
        let Some(EventAttributes::WorkflowExecutionCompleted(completed)) =
            journey.history.attributes().last()
        else {
            return Err(format!("{id} has not arrived").into());
        };
        let signals: Vec<u32> = completed.result.decode()?;
        if !signals.iter().copied().eq(1..=ROUNDS) {
            return Err(format!("{id} has seen the signals {signals:?}").into());
        }
    }
    Ok(())
}

/// Each child was started once, by the journey that says so, and has ended as that says.
pub(crate) fn check_children(now: &Snapshot) -> Outcome {
    let mut asked = BTreeSet::new();
    for (id, journey) in now.journeys() {
        for event in journey.history.attributes() {
            let is_so = match event {
                EventAttributes::StartChildWorkflowExecutionInitiated(it) => {
                    asked.insert(&it.workflow_id);
                    true
                }
                EventAttributes::ChildWorkflowExecutionStarted(it) => {
                    let mut runs = now.detour(&it.workflow_execution.workflow_id);
                    runs.any(|run| run.execution == it.workflow_execution)
                }
                EventAttributes::ChildWorkflowExecutionCompleted(it) => {
                    let runs = || now.detour(&it.workflow_execution.workflow_id);
                    let mut ends = runs().filter(|run| run.new_execution_run_id.is_none());
                    let last = ends.next().map(|run| run.status);
                    runs().count() == DETOUR_RUNS && last == Some(ExecutionStatus::Completed)
                }
                _ => true,
            };
            if !is_so {
                return Err(format!("{id} and its child disagree: {event:?}").into());
            }
        }
    }
    for child in now.detours() {
        let firsts: BTreeSet<_> = now
            .detour(child)
            .map(|it| it.first_execution_run_id)
            .collect();
        if !asked.contains(child) || firsts.len() != 1 {
            return Err(format!("{child} was started twice, or unasked: {firsts:?}").into());
        }
    }
    Ok(())
}

/// No activity ran after its completion was recorded, and the recorded attempt ran to its end.
pub(crate) fn check_attempts(now: &Snapshot, place: &Place) -> Outcome {
    let attempts = ledger::read(&place.ledger())?;
    attempt::check_order(&attempts)?;
    for (id, journey) in now.journeys() {
        attempt::check_completed(&attempts, id, &journey.history)?;
    }
    Ok(())
}

/// How much happened, in one line.
pub(crate) fn summary(now: &Snapshot, place: &Place) -> Result<String, Box<dyn Error>> {
    let attempts = ledger::read(&place.ledger())?;
    let count = |which: Mark| {
        let marks = attempts.values().flatten();
        marks.filter(|(mark, _)| *mark == which).count()
    };
    let (started, ended) = (count(Mark::Start), count(Mark::End));
    let events: usize = now.journeys().map(|(_, it)| it.history.len()).sum();
    let completions = now
        .journeys()
        .map(|(id, it)| attempt::completed(id, &it.history).len());
    let completions: usize = completions.sum();
    Ok(format!(
        "journeys={} detours={} events={events} activities={completions} attempts={started} cut_short={}",
        now.journeys().count(),
        now.detours().count(),
        started - ended,
    ))
}
