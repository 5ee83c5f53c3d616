//! The rules about commits: S1 to S5 and S8.

use std::sync::Arc;

use crate::{
    model::ExecutionStatus,
    storage::{Commit, StorageErrorKind, Store},
    testing::conformance::{
        Breach, StorePlace,
        breach::ensure,
        sample::{Run, ensure_fails},
        together::{
            a_deleted_run_leaves_nothing, a_run_takes_the_place_of_another, gather,
            parts_are_written_together,
        },
    },
};

/// S1: the records and index changes of a commit's parts are there or absent together.
pub fn s1_a_commit_is_atomic(place: &dyn StorePlace) -> Result<(), Breach> {
    let (first, second) = (Run(10), Run(20));
    let store = place.open()?;
    store.commit(&[first.open()])?;
    ensure_open(&*place.after_crash()?.open()?, first, 1)?;
    store.commit(&[first.commit(2), second.open(), first.close(3)])?;
    for store in [place.after_crash()?.open()?, store] {
        ensure_open(&*store, second, 1)?;
        ensure_closed(&*store, first, 3)?;
        let open = store.open_runs(None, 10)?;
        ensure!(open.len() == 1, "{} runs are open, not 1", open.len());
        let refused = store.commit(&[second.close(1)]);
        ensure_fails(refused, StorageErrorKind::Conflict, "closing with record 1")?;
        ensure_open(&*store, second, 1)?;
    }
    a_run_takes_the_place_of_another(place)?;
    a_deleted_run_leaves_nothing(place)?;
    parts_are_written_together(place)
}

/// S2: every commit of a call that returned `Ok` survives.
pub fn s2_a_returned_commit_survives(place: &dyn StorePlace) -> Result<(), Breach> {
    let run = Run(10);
    let store = place.open()?;
    store.commit(&[run.open()])?;
    for number in 2..=20 {
        store.commit(&[run.commit(number)])?;
        let found = run.read(&*place.after_crash()?.open()?)?;
        ensure!(
            found == run.records(1..=number),
            "after a crash behind record {number}, {} records are there",
            found.len()
        );
    }
    drop(store);
    let found = run.read(&*place.open()?)?;
    let written = run.records(1..=20);
    ensure!(found == written, "an orderly end lost records");
    Ok(())
}

/// S3: what survives a crash is a prefix of what was given.
pub fn s3_what_survives_is_a_prefix(place: &dyn StorePlace) -> Result<(), Breach> {
    let runs = [Run(10), Run(20), Run(30)];
    let store = place.open()?;
    store.commit(&runs.map(Run::open))?;
    let mut written = 1;
    for call in 0..10 {
        let more = written + 1..=written + 1 + call;
        let commits = more.clone().flat_map(|n| runs.map(|run| run.commit(n)));
        store.commit(&commits.collect::<Vec<_>>())?;
        written = *more.end();
        let crashed = place.after_crash()?.open()?;
        for run in runs {
            let found = run.read(&*crashed)?;
            let prefix = u32::try_from(found.len()).unwrap_or(u32::MAX);
            ensure!(
                prefix == written && found == run.records(1..=prefix),
                "of {written} records of a run, other than all survived in order"
            );
        }
    }
    Ok(())
}

/// S4: a record that exists is never overwritten, and nothing of such a call is kept.
pub fn s4_a_record_is_never_overwritten(place: &dyn StorePlace) -> Result<(), Breach> {
    let (run, other) = (Run(10), Run(20));
    let mut store = place.open()?;
    store.commit(&[run.open(), run.commit(2)])?;
    let mut different = run.part(2);
    different.record = "something else".into();
    let different = Commit::new(different);
    let refused = [
        ("another record 2", vec![different.clone()]),
        ("the same record 2", vec![run.commit(2)]),
        (
            "a conflict at the end",
            vec![run.commit(3), other.open(), different],
        ),
        (
            "a conflict at the start",
            vec![run.close(1), run.commit(3), other.open()],
        ),
        (
            "a conflict within the call",
            vec![other.open(), run.commit(3), run.commit(3)],
        ),
    ];
    for (what, commits) in refused {
        ensure_fails(store.commit(&commits), StorageErrorKind::Conflict, what)?;
        ensure_open(&*store, run, 2)?;
        ensure!(store.run(other.id())?.is_none(), "{what} opened a run");
        ensure!(other.read(&*store)?.is_empty(), "{what} wrote a record");
        drop(store);
        store = place.open()?;
        ensure_open(&*store, run, 2)?;
    }
    store.commit(&[run.commit(3)])?;
    ensure_open(&*store, run, 3)
}

/// S5: after an error other than a conflict, every later write fails as `Poisoned`.
pub fn s5_a_failed_write_poisons(place: &dyn StorePlace) -> Result<(), Breach> {
    let (run, other) = (Run(10), Run(20));
    let store = place.open()?;
    store.commit(&[run.open()])?;
    let conflict = store.commit(&[run.commit(1)]);
    ensure_fails(conflict, StorageErrorKind::Conflict, "record 1 again")?;
    store.commit(&[run.commit(2)])?;
    drop(store);

    let Some(broken) = place.open_broken()? else {
        return Ok(());
    };
    let two_parts = gather([run.part(3), other.opening()]);
    ensure!(
        broken.commit(&[two_parts]).is_err(),
        "a write without a disk succeeded"
    );
    for number in [3, 4] {
        let later = broken.commit(&[run.commit(number)]);
        ensure_fails(later, StorageErrorKind::Poisoned, "a later write")?;
    }
    if let Ok(found) = run.read(&*broken) {
        ensure!(
            found == run.records(1..=2),
            "a read sees a write that failed"
        );
    }
    drop(broken);
    let store = place.open()?;
    let found = (run.read(&*store)?, other.read(&*store)?);
    let before = (run.records(1..=2), Vec::new());
    let after = (run.records(1..=3), other.records(1..=1));
    ensure!(
        found == before || found == after,
        "after a write that failed, more or less is there than before it or after it"
    );
    Ok(())
}

/// S8: opening a store a second time fails and says who holds it, and so does claiming it to write;
/// once it is dropped it does not.
pub fn s8_a_store_has_one_owner(place: &dyn StorePlace) -> Result<(), Breach> {
    let run = Run(10);
    for number in 1..=10 {
        let store: Arc<dyn Store> = place.open()?;
        let second = place.open().map(|_| ());
        if let Err(error) = &second {
            let pid = std::process::id().to_string();
            ensure!(
                error.to_string().contains(&pid),
                "the error does not say that process {pid} holds the store: {error}"
            );
        }
        ensure_fails(second, StorageErrorKind::Locked, "opening a second time")?;
        let claim = store.write_right().claim()?;
        let second = store.write_right().claim().map(drop);
        ensure_fails(second, StorageErrorKind::Locked, "a second claim to write")?;
        drop(claim);
        drop(store.write_right().claim()?);
        store.commit(&[run.commit(number)])?;
    }
    Ok(())
}

/// Asks that a run is open, in every answer a store gives, and has its first `records` records.
fn ensure_open(store: &dyn Store, run: Run, records: u32) -> Result<(), Breach> {
    let entry = Some(run.entry(ExecutionStatus::Running));
    ensure!(store.run(run.id())? == entry, "the run is not open");
    let current = store.current_run(&run.workflow_id())?;
    ensure!(current == entry, "the run is not its execution's latest");
    let open = store.open_runs(None, usize::MAX)?;
    let listed = open.iter().find(|open| Some(&open.entry) == entry.as_ref());
    ensure!(
        listed.is_some_and(|open| open.last_record == run.stored(records)),
        "the run is not listed as open with its last record"
    );
    let found = run.read(store)?;
    ensure!(
        found == run.records(1..=records),
        "the run does not have its {records} records"
    );
    Ok(())
}

/// Asks that a run is closed, in every answer a store gives, and has its first `records` records.
fn ensure_closed(store: &dyn Store, run: Run, records: u32) -> Result<(), Breach> {
    let entry = Some(run.entry(ExecutionStatus::Completed));
    ensure!(store.run(run.id())? == entry, "the run is not closed");
    let current = store.current_run(&run.workflow_id())?;
    ensure!(current == entry, "the run is not its execution's latest");
    let open = store.open_runs(None, usize::MAX)?;
    ensure!(
        open.iter()
            .all(|open| open.entry.execution.run_id != run.id()),
        "a closed run is listed as open"
    );
    let found = run.read(store)?;
    ensure!(
        found == run.records(1..=records),
        "the run does not have its {records} records"
    );
    Ok(())
}
