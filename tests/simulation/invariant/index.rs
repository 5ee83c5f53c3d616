//! What the index says follows from the records, and the records are those that were synced.

use std::{collections::BTreeMap, sync::Arc};

use sempre::{
    client::StoredRuns,
    model::{RecordNumber, RunId},
    storage::{MemoryStore, ReadStore as _, RunDetails, StorageError},
};

use crate::simulation::{
    facts::{Facts, Run},
    invariant::{Invariant, Moment},
};

/// Keeps nothing.
pub(super) struct Index;

impl Invariant for Index {
    fn name(&self) -> &'static str {
        "the index says what the records say"
    }

    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String> {
        let Moment::Gone(store) = moment else {
            return Ok(());
        };
        for (run_id, run) in &facts.runs {
            check_run(store, *run_id, run)?;
        }
        for (workflow_id, runs) in &facts.executions {
            let current = store.current_run(workflow_id).map_err(unreadable)?;
            let current = current.map(|entry| entry.execution.run_id);
            // Where the latest is deleted there is none, whatever is left of those before.
            let is_there = |run_id: &RunId| !facts.runs.get(run_id).is_some_and(|it| it.is_deleted);
            if current != runs.last().copied().filter(is_there) {
                return Err(format!("the latest run of {workflow_id} is {current:?}"));
            }
        }
        let runs = StoredRuns::new(Arc::new(MemoryStore::clone(store)));
        for run in runs.iter() {
            let run = run.map_err(|error| error.to_string())?;
            runs.check(run.run_id).map_err(unreadable)?;
        }
        check_open(store, facts)
    }
}

fn check_run(store: &MemoryStore, run_id: RunId, run: &Run) -> Result<(), String> {
    let records = store.records(run_id, RecordNumber::NONE.next(), usize::MAX);
    let records = records.map_err(unreadable)?;
    let last = records.last().map(|record| record.number);
    let last = last.unwrap_or_default();
    if run.is_deleted {
        let entry = store.run(run_id).map_err(unreadable)?;
        if last == RecordNumber::NONE && entry.is_none() {
            return Ok(());
        }
        return Err(format!(
            "something is left of run {run_id}, which is deleted"
        ));
    }
    if last != run.state.last_record() {
        let synced = run.state.last_record();
        return Err(format!(
            "{synced} records of run {run_id} were synced, and {last} are there"
        ));
    }
    let Some(entry) = store.run(run_id).map_err(unreadable)? else {
        return Err(format!("run {run_id} has records and no entry"));
    };
    let state = &run.state;
    let started = state.started();
    let agrees = entry.execution == state.execution()
        && entry.status == state.status()
        && entry.started_at == state.started_at()
        && entry.closed_at == state.closed_at()
        && entry.new_execution_run_id == run.successor()
        && started.is_some_and(|started| {
            let (lineage, version) = (Some(&*started.lineage), state.later_version());
            let details = RunDetails::of(state.search_attributes(), lineage, version);
            entry.details == details
                && entry.workflow_type == started.workflow_type
                && entry.first_execution_run_id == started.lineage.first_execution_run_id
                && entry.start_request_id == started.request_id
        });
    if agrees {
        return Ok(());
    }
    Err(format!(
        "the entry of run {run_id} does not fit its records: {entry:?}"
    ))
}

fn check_open(store: &MemoryStore, facts: &Facts) -> Result<(), String> {
    let listed = store.open_runs(None, usize::MAX).map_err(unreadable)?;
    let listed = listed.into_iter().map(|open| {
        let number = open.last_record.number;
        (open.entry.execution.run_id, number)
    });
    let listed: BTreeMap<RunId, RecordNumber> = listed.collect();
    let open = facts.runs.iter();
    let open = open.filter(|(_, run)| run.state.status().is_open() || run.state.has_messages());
    let open: BTreeMap<RunId, RecordNumber> = open
        .map(|(run_id, run)| (*run_id, run.state.last_record()))
        .collect();
    if listed == open {
        return Ok(());
    }
    Err(format!("open are {open:?}, listed are {listed:?}"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what a result is mapped with"
)]
fn unreadable(error: StorageError) -> String {
    error.to_string()
}
