//! The part of rule S1 about commits of several runs: all of their parts are there, or none.

use crate::{
    model::ExecutionStatus,
    storage::{Commit, CommitPart, StorageErrorKind, Store},
    testing::conformance::{
        Breach, StorePlace,
        breach::ensure,
        sample::{Run, ensure_fails, noise},
    },
};

const KIB: usize = 1024;

/// The bytes of each part's record, for each commit that is tried.
const SHAPES: [&[usize]; 5] = [
    &[20, 20],
    &[9 * KIB, 9 * KIB],
    &[20, 64 * KIB, 20],
    &[20; 300],
    &[KIB * KIB, 20, 2 * KIB * KIB],
];

/// Commits of every shape are there as a whole once they have returned, also after a crash, and
/// not at all if any of their parts is refused.
pub(super) fn parts_are_written_together(place: &dyn StorePlace) -> Result<(), Breach> {
    let store = place.open()?;
    let taken = Run(0);
    store.commit(&[taken.open()])?;
    // Each run of an execution of its own.
    let mut runs = (100..).map(|number| Run(10 * number));
    for shape in SHAPES {
        let runs: Vec<Run> = runs.by_ref().take(shape.len()).collect();
        let parts = || {
            runs.iter()
                .zip(shape)
                .map(|(run, size)| opening(*run, *size))
        };
        for refused in [0, shape.len() / 2, shape.len() - 1] {
            let parts = parts().enumerate().map(|(position, part)| {
                if position == refused {
                    taken.part(1)
                } else {
                    part
                }
            });
            let what = format!("a commit whose part {refused} of {} exists", shape.len());
            let refused = store.commit(&[gather(parts)]);
            ensure_fails(refused, StorageErrorKind::Conflict, &what)?;
            ensure_count(&*store, &runs, 0, &what)?;
        }
        ensure_count(&*place.after_crash()?.open()?, &runs, 0, "a refused commit")?;
        store.commit(&[gather(parts())])?;
        let what = format!("a commit of parts of {shape:?} bytes");
        for store in [&*store, &*place.after_crash()?.open()?] {
            ensure_count(store, &runs, runs.len(), &what)?;
            for (run, part) in runs.iter().zip(parts()) {
                let found = run.read(store)?;
                let is_whole = found.iter().map(|record| &record.bytes).eq([&part.record]);
                ensure!(is_whole, "a record of {what} came back different");
            }
        }
    }
    Ok(())
}

/// A commit may close a run and open the next one of the same execution.
pub(super) fn a_run_takes_the_place_of_another(place: &dyn StorePlace) -> Result<(), Breach> {
    let (first, second) = (Run(90_000), Run(90_001));
    let store = place.open()?;
    store.commit(&[first.open()])?;
    store.commit(&[gather([first.closing(2), second.opening()])])?;
    for store in [&*store, &*place.after_crash()?.open()?] {
        let closed = Some(first.entry(ExecutionStatus::Completed));
        ensure!(store.run(first.id())? == closed, "the first is not closed");
        let current = store.current_run(&first.workflow_id())?;
        let open = Some(second.entry(ExecutionStatus::Running));
        ensure!(current == open, "the second run is not the latest");
        ensure!(
            first.read(store)? == first.records(1..=2)
                && second.read(store)? == second.records(1..=1),
            "records are missing"
        );
    }
    Ok(())
}

/// A commit may delete a run, closed or open, and nothing of it is left then.
pub(super) fn a_deleted_run_leaves_nothing(place: &dyn StorePlace) -> Result<(), Breach> {
    let (closed, open, neighbor) = (Run(91_000), Run(91_001), Run(91_002));
    let store = place.open()?;
    store.commit(&[closed.open(), closed.close(2), open.open(), open.commit(2)])?;
    store.commit(&[closed.delete(), neighbor.open(), neighbor.commit(2)])?;
    store.commit(&[neighbor.close(3)])?;
    store.commit(&[open.delete()])?;
    for store in [&*store, &*place.after_crash()?.open()?] {
        for gone in [closed, open] {
            ensure!(store.run(gone.id())?.is_none(), "a deleted run is indexed");
            ensure!(gone.read(store)?.is_empty(), "a deleted run has records");
        }
        let current = store.current_run(&neighbor.workflow_id())?;
        let expected = Some(neighbor.entry(ExecutionStatus::Completed));
        ensure!(current == expected, "another run is not the latest");
        ensure!(
            neighbor.read(store)? == neighbor.records(1..=3),
            "records of another run are missing"
        );
    }
    store.commit(&[neighbor.delete()])?;
    let next = Run(91_003);
    for store in [&*store, &*place.after_crash()?.open()?] {
        let current = store.current_run(&neighbor.workflow_id())?;
        ensure!(current.is_none(), "a deleted run is the latest");
        let listed = store.open_runs(None, usize::MAX)?;
        let is_deleted = |id| [closed.id(), open.id(), neighbor.id()].contains(&id);
        let mut listed = listed.iter().map(|open| open.entry.execution.run_id);
        ensure!(!listed.any(is_deleted), "a deleted run is open");
    }
    store.commit(&[next.open()])?;
    let running = Some(next.entry(ExecutionStatus::Running));
    let current = place
        .after_crash()?
        .open()?
        .current_run(&next.workflow_id())?;
    ensure!(current == running, "the next run is not the latest");
    store.commit(&[next.delete()])?;
    Ok(())
}

fn opening(run: Run, size: usize) -> CommitPart {
    let seed = u32::try_from(run.0).unwrap_or_default();
    CommitPart {
        record: noise(seed, size),
        ..run.opening()
    }
}

/// One commit of all these parts.
pub(super) fn gather(parts: impl IntoIterator<Item = CommitPart>) -> Commit {
    let mut parts = parts.into_iter();
    let first = parts.next().unwrap_or_else(|| Run(0).part(1));
    parts.fold(Commit::new(first), Commit::with)
}

/// Asks that exactly so many of these runs are there, with a record and in the index.
fn ensure_count(
    store: &dyn Store,
    runs: &[Run],
    expected: usize,
    what: &str,
) -> Result<(), Breach> {
    let open = store.open_runs(None, usize::MAX)?;
    let (mut with_record, mut in_index, mut listed) = (0, 0, 0);
    for run in runs {
        with_record += usize::from(!run.read(store)?.is_empty());
        in_index += usize::from(store.run(run.id())?.is_some());
        let is_this = |open: &&crate::storage::OpenRun| open.entry.execution.run_id == run.id();
        listed += open.iter().filter(is_this).count();
    }
    let found = (with_record, in_index, listed);
    ensure!(
        found == (expected, expected, expected),
        "of the {} runs of {what}, instead of {expected}, {with_record} have a record, {in_index} \
         are in the index and {listed} are listed as open",
        runs.len()
    );
    Ok(())
}
