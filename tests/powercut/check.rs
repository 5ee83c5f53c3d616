//! Looks into a store for what had been acknowledged, and for nothing that was not written.

use std::{collections::BTreeMap, error::Error, path::Path};

use sempre::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        Commit, CommitPart, IndexChange, ReadStore as _, RunEntry, SledStore, StoredRecord,
        WriteStore as _,
    },
};

use crate::powercut::plan::{Claim, Plan};

type Outcome = Result<(), Box<dyn Error>>;

/// A run as a plan has it.
#[derive(Default)]
struct Run {
    records: Vec<CommitPart>,
    /// How many of them were acknowledged, and how many can be there.
    acknowledged: usize,
    submitted: usize,
}

/// Opens the store in this folder and checks that these claims hold. If it is to go on, something
/// is written then, and all is checked again after a further start.
///
/// # Errors
/// What is not as it has to be.
pub fn check(folder: &Path, claims: &[Claim], goes_on: bool) -> Outcome {
    let mut runs = BTreeMap::new();
    for claim in claims {
        add_runs(&mut runs, *claim);
    }
    let open = || SledStore::open(folder, Plan::options());
    let store = open().map_err(|error| told("it does not open", &error))?;
    let found = check_runs(&store, &runs)?;
    for claim in claims {
        check_atomicity(*claim, &found)?;
    }
    if goes_on {
        let more = goes_on_with(&mut runs, &found);
        let written = store.commit(&more);
        written.map_err(|error| told("it does not go on", &error))?;
        check_runs(&store, &runs)?;
        drop(store);
        let store = open().map_err(|error| told("it does not open again", &error))?;
        let again = check_runs(&store, &runs)?;
        for (run_id, before) in found {
            if again.get(&run_id) < Some(&before) {
                return Err(format!("run {run_id} had {before} records before").into());
            }
        }
    }
    Ok(())
}

fn add_runs(runs: &mut BTreeMap<RunId, Run>, claim: Claim) {
    for (number, group) in claim.plan.groups().into_iter().enumerate() {
        for part in group.iter().flat_map(Commit::parts) {
            let run = runs.entry(part.run_id).or_default();
            run.records.push(part.clone());
            if number < claim.acknowledged {
                run.acknowledged = run.records.len();
            }
            if number < claim.submitted {
                run.submitted = run.records.len();
            }
        }
    }
}

/// Checks that of commits which need not be there nothing is, or all.
fn check_atomicity(claim: Claim, found: &BTreeMap<RunId, usize>) -> Outcome {
    let groups = claim.plan.groups().into_iter();
    let groups = groups.take(claim.submitted).skip(claim.acknowledged);
    for commit in groups.flatten() {
        let is_there = |part: &CommitPart| {
            let count = found.get(&part.run_id).copied().unwrap_or_default();
            usize::try_from(part.number.get()).is_ok_and(|number| number <= count)
        };
        let present = commit.parts().filter(|part| is_there(part)).count();
        if present > 0 && present < commit.parts().count() {
            return Err(
                format!("a commit is there in part: {present} parts of {commit:.60?}").into(),
            );
        }
    }
    Ok(())
}

/// Checks all runs; returns how many records each has.
fn check_runs(
    store: &SledStore,
    runs: &BTreeMap<RunId, Run>,
) -> Result<BTreeMap<RunId, usize>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    let mut latest: BTreeMap<WorkflowId, (RunId, usize)> = BTreeMap::new();
    let mut open = Vec::new();
    for (run_id, run) in runs {
        let count = check_records(store, *run_id, run)?;
        let entry = check_entry(store, *run_id, run, count)?;
        found.insert(*run_id, count);
        if let Some(entry) = entry {
            if entry.status.is_open() {
                open.push((*run_id, count));
            }
            latest.insert(entry.execution.workflow_id, (*run_id, count));
        }
    }
    for (workflow_id, (run_id, _)) in &latest {
        let current = store.current_run(workflow_id);
        let current = current.map_err(|error| told("the index cannot be read", &error))?;
        let current = current.map(|entry| entry.execution.run_id);
        if current != Some(*run_id) {
            return Err(format!("the latest run of {workflow_id} is {current:?}").into());
        }
    }
    let listed = store.open_runs(None, usize::MAX);
    let listed = listed.map_err(|error| told("open runs cannot be listed", &error))?;
    let listed = listed.iter().map(|open| {
        let last = usize::try_from(open.last_record.number.get());
        (open.entry.execution.run_id, last.unwrap_or_default())
    });
    let listed: Vec<_> = listed.collect();
    if listed != open {
        return Err(format!("open are {open:?}, listed are {listed:?}").into());
    }
    Ok(found)
}

fn check_records(store: &SledStore, run_id: RunId, run: &Run) -> Result<usize, Box<dyn Error>> {
    let found = store.records(run_id, RecordNumber::new(1), usize::MAX);
    let found = found.map_err(|error| told("records cannot be read", &error))?;
    let count = found.len();
    if count < run.acknowledged {
        let acknowledged = run.acknowledged;
        return Err(format!("run {run_id} has {count} of {acknowledged} records").into());
    }
    if count > run.submitted {
        let submitted = run.submitted;
        return Err(format!("run {run_id} has {count} records of {submitted}").into());
    }
    let as_written = |(found, written): (&StoredRecord, &CommitPart)| {
        found.number == written.number && found.bytes == written.record
    };
    if let Some(garbled) = found
        .iter()
        .zip(&run.records)
        .position(|it| !as_written(it))
    {
        return Err(format!("record {} of run {run_id} is garbled", garbled + 1).into());
    }
    Ok(count)
}

fn check_entry(
    store: &SledStore,
    run_id: RunId,
    run: &Run,
    count: usize,
) -> Result<Option<RunEntry>, Box<dyn Error>> {
    let written = run.records.iter().take(count);
    let written = written.rev().find_map(|commit| match &commit.index {
        Some(IndexChange::Opened(entry) | IndexChange::Changed(entry)) => {
            Some(RunEntry::clone(entry))
        }
        _ => None,
    });
    let found = store.run(run_id);
    let found = found.map_err(|error| told("the index cannot be read", &error))?;
    if found == written {
        return Ok(found);
    }
    Err(format!("the index has {found:?} for run {run_id} instead of {written:?}").into())
}

/// The next record of every run that has one.
fn goes_on_with(runs: &mut BTreeMap<RunId, Run>, found: &BTreeMap<RunId, usize>) -> Vec<Commit> {
    let mut more = Vec::new();
    for (run_id, run) in runs {
        let count = found.get(run_id).copied().unwrap_or_default();
        if let Some(next) = run.records.get(count).filter(|_| count > 0) {
            more.push(Commit::new(next.clone()));
            run.acknowledged = run.acknowledged.max(count + 1);
            run.submitted = run.submitted.max(count + 1);
        }
    }
    more
}

/// An error with its causes.
fn told(what: &str, error: &dyn Error) -> String {
    let mut told = format!("{what}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
