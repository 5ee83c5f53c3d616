//! The runs of a chain agree: a run that names the one that follows it has it, and the other way
//! round.

use sempre::model::{EventAttributes, RunId};

use crate::simulation::{
    facts::{Facts, Run},
    invariant::{Invariant, Moment},
};

/// Keeps nothing.
pub(super) struct Chain;

impl Invariant for Chain {
    fn name(&self) -> &'static str {
        "the runs of a chain agree"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        match moment {
            Moment::Gone(_) | Moment::Over(_) => facts
                .runs
                .iter()
                .try_for_each(|(run_id, run)| check_run(*run_id, run, facts)),
            _ => Ok(()),
        }
    }
}

fn check_run(run_id: RunId, run: &Run, facts: &Facts) -> Result<(), String> {
    if let Some(next) = run
        .state
        .close()
        .and_then(EventAttributes::new_execution_run_id)
    {
        let lineage = lineage(next, facts).ok_or_else(|| format!("run {next} is missing"))?;
        if lineage.continued_execution_run_id != Some(run_id) {
            return Err(format!(
                "run {next} does not follow run {run_id}, which names it"
            ));
        }
    }
    if let Some(next) = run.state.reset_to()
        && base(next, facts) != Some(run_id)
    {
        return Err(format!("run {next} does not go on from run {run_id}"));
    }
    if run.is_fork() {
        let goes_on = base(run_id, facts).and_then(|base| facts.runs.get(&base));
        if goes_on.and_then(|base| base.state.reset_to()) != Some(run_id) {
            return Err(format!("no run was reset to run {run_id}"));
        }
        return Ok(());
    }
    let Some(lineage) = lineage(run_id, facts) else {
        return Ok(());
    };
    let Some(before) = lineage.continued_execution_run_id else {
        return Ok(());
    };
    let close = facts.runs.get(&before).and_then(|run| run.state.close());
    let names = close.and_then(EventAttributes::new_execution_run_id);
    let first = self::lineage(before, facts).map(|it| it.first_execution_run_id);
    if names == Some(run_id) && first == Some(lineage.first_execution_run_id) {
        return Ok(());
    }
    Err(format!(
        "run {before} does not name run {run_id}, which follows it"
    ))
}

/// The run that was reset to this one.
fn base(run_id: RunId, facts: &Facts) -> Option<RunId> {
    let events = &facts.runs.get(&run_id)?.history.events;
    let mut resets = events.iter().filter_map(|event| match &event.attributes {
        EventAttributes::WorkflowTaskFailed(it) if it.new_run_id == Some(run_id) => it.base_run_id,
        _ => None,
    });
    resets.next()
}

fn lineage(run_id: RunId, facts: &Facts) -> Option<&sempre::model::Lineage> {
    let run = facts.runs.get(&run_id)?;
    run.state.started().map(|started| &*started.lineage)
}
