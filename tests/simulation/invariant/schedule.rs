//! A schedule acts once at each of its times and never before, and what it leaves out it counts.
//!
//! What is due, and what is done about actions that overlap, is checked of schedules that were created
//! once and that nobody has asked for more; those who meddle are checked for the rest.

use std::collections::{BTreeMap, BTreeSet};

use sempre::{
    model::{EventAttributes, RequestId, RunId, Timestamp, event::workflow_execution::Started},
    schedule::{OverlapPolicy, ScheduleDescription},
};

use crate::simulation::{
    client::Clients,
    facts::{Fact, Facts, Run},
    invariant::{Invariant, Moment},
    plan::What,
    schedule::{Action, ScheduleAsk, schedule_of},
};

/// The actions that were started.
#[derive(Default)]
pub(super) struct Schedules {
    started: BTreeMap<RequestId, RunId>,
    described: BTreeMap<String, Box<ScheduleDescription>>,
}

/// What clients have asked of one schedule.
#[derive(Clone, Debug, Default)]
struct Asked {
    creations: Vec<(u32, OverlapPolicy)>,
    is_meddled_with: bool,
}

impl Invariant for Schedules {
    fn name(&self) -> &'static str {
        "a schedule acts once at each of its times"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Synced(fact) => self.check_fact(fact, facts),
            Moment::SchedulesDescribed(descriptions) => {
                let all = descriptions.iter();
                self.described = all.map(|it| (it.schedule_id.clone(), it.clone())).collect();
                Ok(())
            }
            Moment::Over(clients) => self.check_all(clients, facts),
            _ => Ok(()),
        }
    }
}

impl Schedules {
    fn check_fact(&mut self, fact: &Fact, facts: &Facts) -> Result<(), String> {
        for event in fact.transition.events() {
            if let EventAttributes::WorkflowExecutionStarted(started) = &event.attributes
                && started.lineage.continued_execution_run_id.is_none()
                && let Some(action) = Action::of(&started.request_id)
            {
                self.check_start(fact.run_id, started, &action, facts)?;
            }
        }
        Ok(())
    }

    fn check_start(
        &mut self,
        run_id: RunId,
        started: &Started,
        action: &Action,
        facts: &Facts,
    ) -> Result<(), String> {
        let id = started.request_id.clone();
        if let Some(before) = self.started.insert(id, run_id) {
            return Err(format!("{action:?} is run {run_id}, and was {before}"));
        }
        let now = facts.time.clock.now();
        if action.time > now && facts.time.jumps_back() == 0 {
            return Err(format!("{action:?} begins early, at {now}"));
        }
        Ok(())
    }

    fn check_all(&self, clients: &Clients, facts: &Facts) -> Result<(), String> {
        for (schedule_id, asked) in asked(clients) {
            let actions = actions(&schedule_id, facts);
            for action in actions.keys() {
                let seconds = action.time.as_nanos() / 1_000_000_000;
                let mut creations = asked.creations.iter();
                let is_due = creations.any(|(every, _)| seconds.is_multiple_of(u64::from(*every)));
                if !action.is_by_hand() && !is_due {
                    return Err(format!("{action:?} was never due"));
                }
            }
            if let [(every, overlap)] = asked.creations[..]
                && facts.time.jumps_back() == 0
            {
                if overlap != OverlapPolicy::AllowAll {
                    check_apart(&actions)?;
                }
                if let Some(seen) = self.described.get(&schedule_id)
                    && !asked.is_meddled_with
                {
                    check_account(seen, every, &actions)?;
                }
            }
        }
        Ok(())
    }
}

/// What was asked of each schedule, by its id.
fn asked(clients: &Clients) -> BTreeMap<String, Asked> {
    let mut all: BTreeMap<String, Asked> = BTreeMap::new();
    for asked in clients.asked.values() {
        let What::Schedule(what) = &asked.ask.what else {
            continue;
        };
        let Some(schedule_id) = schedule_of(&asked.ask.workflow_id) else {
            continue;
        };
        let all = all.entry(schedule_id.to_owned()).or_default();
        match what {
            ScheduleAsk::Create(draft) => all.creations.push((draft.every, draft.overlap)),
            ScheduleAsk::Describe => {}
            // The world deletes them at its end.
            ScheduleAsk::Delete if asked.is_own() => {}
            _ => all.is_meddled_with = true,
        }
    }
    all
}

/// The actions of a schedule, each with its runs.
fn actions<'f>(schedule_id: &str, facts: &'f Facts) -> BTreeMap<Action, Vec<&'f Run>> {
    let mut actions: BTreeMap<Action, Vec<&Run>> = BTreeMap::new();
    for run in facts.runs.values() {
        if let Some(action) = run.action().filter(|it| it.schedule_id == schedule_id) {
            actions.entry(action).or_default().push(run);
        }
    }
    actions
}

/// No action begins before the one before it has ended.
fn check_apart(actions: &BTreeMap<Action, Vec<&Run>>) -> Result<(), String> {
    let spans = actions.iter().map(|(action, runs)| {
        let begins = runs.iter().map(|run| run.state.started_at()).min();
        let ends = runs.iter().filter_map(|run| run.state.closed_at()).max();
        (begins.unwrap_or_default(), ends, action)
    });
    let spans: BTreeSet<(Timestamp, Option<Timestamp>, &Action)> = spans.collect();
    let pairs = spans.iter().zip(spans.iter().skip(1));
    for ((_, ends, action), (begins, _, next)) in pairs {
        if ends.is_none_or(|ends| ends > *begins) {
            return Err(format!("{next:?} begins before {action:?} has ended"));
        }
    }
    Ok(())
}

/// What was due was started, or left out and counted.
fn check_account(
    seen: &ScheduleDescription,
    every: u32,
    actions: &BTreeMap<Action, Vec<&Run>>,
) -> Result<(), String> {
    let started = u64::try_from(actions.len()).unwrap_or(u64::MAX);
    if started < seen.started_actions {
        let said = seen.started_actions;
        return Err(format!(
            "{said} actions were started, and {started} are there"
        ));
    }
    let ended_at = seen.schedule.spec.end_at.unwrap_or(Timestamp::MAX);
    let nth = |at: Timestamp| at.as_nanos() / (u64::from(every) * 1_000_000_000);
    let due = nth(ended_at).saturating_sub(nth(seen.created_at));
    let waiting = u64::try_from(seen.waiting_actions).unwrap_or(u64::MAX);
    let left_out = seen.skipped_actions + seen.missed_actions + seen.dropped_actions;
    let told = seen.started_actions + left_out + waiting;
    if told == due || seen.problem.is_some() {
        return Ok(());
    }
    Err(format!(
        "{due} actions were due, {} started, {left_out} left out, {waiting} waiting",
        seen.started_actions
    ))
}
