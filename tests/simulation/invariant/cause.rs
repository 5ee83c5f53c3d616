//! An effect never precedes its cause on the disk: what an attempt or a client learns is synced.

use sempre::{
    client::Description,
    machine::execution::ExecutionState,
    model::{EventAttributes, HistoryEvent},
};

use crate::simulation::{
    activity::Attempt,
    client::{Answer, Asked},
    facts::{Facts, Run},
    invariant::{Invariant, Moment},
    script::Standing,
};

/// Keeps nothing.
pub(super) struct Cause;

impl Invariant for Cause {
    fn name(&self) -> &'static str {
        "an effect never precedes its cause on the disk"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Began(attempt) => check_attempt(attempt, facts),
            Moment::ToldToStop(attempt) => check_stop(attempt, facts),
            Moment::Answered(asked, answer) => check_answer(asked, answer, facts),
            _ => Ok(()),
        }
    }
}

fn check_attempt(attempt: &Attempt, facts: &Facts) -> Result<(), String> {
    let info = attempt.ctx.info();
    let run = facts.runs.get(&info.execution.run_id);
    // Code that waits for a thread may get it when its run has closed.
    if info.is_local && attempt.work.is_blocking {
        return Ok(());
    }
    if info.is_local {
        return if run.is_some_and(|run| run.state.workflow_task_is_started()) {
            Ok(())
        } else {
            let activity = &info.activity_id;
            Err(format!(
                "local activity {activity} runs, and the start of its workflow task is not synced"
            ))
        };
    }
    let is_started = run.is_some_and(|run| {
        let mut events = run.history.events.iter();
        let scheduled = events.find(|event| match &event.attributes {
            EventAttributes::ActivityTaskScheduled(it) => it.activity_id == info.activity_id,
            _ => false,
        });
        scheduled.is_some_and(|event| run.attempts.contains(&(event.id, info.attempt)))
    });
    if is_started {
        return Ok(());
    }
    let (activity, attempt) = (&info.activity_id, info.attempt);
    Err(format!(
        "attempt {attempt} of activity {activity} runs, and its start is not synced"
    ))
}

/// An attempt is told to stop because its activity was canceled, or because it no longer counts.
fn check_stop(attempt: &Attempt, facts: &Facts) -> Result<(), String> {
    let info = attempt.ctx.info();
    // The code of its workflow may say so, which is in memory.
    if info.is_local {
        return Ok(());
    }
    let state = facts.runs.get(&info.execution.run_id).map(|run| &run.state);
    let mut activities = state
        .into_iter()
        .flat_map(ExecutionState::pending_activities);
    let activity = activities.find(|it| it.scheduled.activity_id == info.activity_id);
    let has_cause = activity.is_none_or(|activity| {
        activity.cancel_requested.is_some() || activity.attempt != info.attempt
    });
    if has_cause {
        return Ok(());
    }
    Err(format!(
        "activity {} is told to stop, and nothing that says so is synced",
        info.activity_id
    ))
}

fn check_answer(asked: &Asked, answer: &Answer, facts: &Facts) -> Result<(), String> {
    let workflow_id = asked.workflow_id();
    match answer {
        Answer::Standing(standing) => {
            let mut runs = facts.runs_of(&workflow_id);
            if runs.any(|run| may_stand(run, standing)) {
                return Ok(());
            }
            Err(format!("a query saw more than is synced: {standing:?}"))
        }
        Answer::Closed(close) => {
            let mut events = facts.events_of(&workflow_id);
            if events.any(|event| event.attributes == **close) {
                return Ok(());
            }
            let kind = close.event_type();
            Err(format!("a client was told of {kind}, which is not synced"))
        }
        Answer::Described(description) => check_description(description, facts),
        Answer::History(history) => {
            let read = facts.codecs.decoded(history);
            let read = read.map_err(|error| error.to_string())?;
            check_history(&read.events, facts)
        }
        _ => Ok(()),
    }
}

fn may_stand(run: &Run, standing: &Standing) -> bool {
    usize::try_from(standing.signals).is_ok_and(|signals| signals <= run.state.signal_count())
}

fn check_description(description: &Description, facts: &Facts) -> Result<(), String> {
    let described = &description.state;
    let run = facts.runs.get(&described.run_id());
    let synced = run.map(|run| run.state.last_record()).unwrap_or_default();
    if described.last_record() <= synced {
        return Ok(());
    }
    let shown = described.last_record();
    Err(format!(
        "a description shows record {shown}, and {synced} records are synced"
    ))
}

fn check_history(events: &[HistoryEvent], facts: &Facts) -> Result<(), String> {
    let is_synced = |run: &Run| run.history.events.starts_with(events);
    if facts.runs.values().any(is_synced) {
        return Ok(());
    }
    let length = events.len();
    Err(format!(
        "a history of {length} events is not one that is synced"
    ))
}
