//! Every run makes progress, or says what it waits for; every request is answered.

use sempre::model::schedule::SCHEDULER_TYPE;

use crate::simulation::{
    facts::Facts,
    invariant::{Invariant, Moment, Report},
};

/// Keeps nothing.
pub(super) struct Progress;

impl Invariant for Progress {
    fn name(&self) -> &'static str {
        "every run makes progress, or says what it waits for"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Quiet(reports) => {
                let open = facts.runs.iter();
                let mut open = open.filter(|(_, run)| run.state.status().is_open());
                open.try_for_each(|(run_id, _)| match reports.get(run_id) {
                    Some(report) => check_report(report),
                    None => Err(format!("open run {run_id} says nothing")),
                })
            }
            Moment::Over(clients) => {
                if let Some(id) = clients.waiting().next() {
                    return Err(format!("request {id} is not answered"));
                }
                let mut runs = facts.runs.iter();
                match runs.find(|(_, run)| run.state.status().is_open()) {
                    Some((run_id, _)) => Err(format!("run {run_id} does not come to an end")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// When nothing runs and nobody sleeps, a run can only wait for signals, or for a child that does.
fn check_report(report: &Report) -> Result<(), String> {
    let state = &report.description.state;
    let run_id = state.run_id();
    let activities = state.pending_activities().count();
    let timers = state.pending_timers().count();
    if activities + timers > 0 || state.workflow_task().is_some() {
        return Err(format!(
            "run {run_id} stands still: activities={activities} timers={timers} \
             workflow_task={:?}",
            state.workflow_task()
        ));
    }
    if state.has_messages() {
        return Err(format!("run {run_id} has messages that do not arrive"));
    }
    let listens = report
        .standing
        .is_some_and(|standing| standing.listening > 0);
    let has_children = state.pending_children().next().is_some();
    // One that has no times left waits for somebody to ask for something.
    let started = state.started();
    let is_scheduler = started.is_some_and(|it| it.workflow_type.as_str() == SCHEDULER_TYPE);
    if listens || has_children || is_scheduler {
        return Ok(());
    }
    Err(format!(
        "run {run_id} waits for nothing: {:?}",
        report.description.problems
    ))
}
