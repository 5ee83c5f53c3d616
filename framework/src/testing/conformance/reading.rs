//! The rules about reads: S6, S7 and S9.

use std::{
    cmp::Reverse,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use crate::{
    model::{ExecutionStatus, RecordNumber},
    storage::{IndexChange, RunEntry, StorageError, StorageErrorKind, Store, StoredRecord},
    testing::conformance::{
        Breach, StorePlace,
        breach::ensure,
        sample::{Run, ensure_fails, noise},
    },
};

/// S6: reads see every commit that has returned, also while others are under way.
pub fn s6_reads_see_what_has_returned(place: &dyn StorePlace) -> Result<(), Breach> {
    let store = place.open()?;
    let nothing = Run(90);
    ensure!(store.run(nothing.id())?.is_none(), "an unknown run exists");
    let unknown = store.current_run(&nothing.workflow_id())?;
    ensure!(unknown.is_none(), "an unknown execution exists");
    ensure!(nothing.read(&*store)?.is_empty(), "it has records");
    store.commit(&[])?;
    the_latest_run_is_current(&*store)?;
    open_runs_come_in_pages(&*store)?;
    runs_come_in_pages_the_latest_first(&*store)?;
    closed_runs_come_in_pages_the_earliest_first(&*store)?;
    records_come_in_pages(&*store)?;
    readers_keep_up_with_a_writer(&*store)
}

/// S7: records come back byte for byte, of any size up to 64 MiB.
pub fn s7_records_come_back_byte_for_byte(place: &dyn StorePlace) -> Result<(), Breach> {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    let run = Run(10);
    let sizes = [
        0,
        1,
        22,
        64 * KIB - 1,
        64 * KIB,
        64 * KIB + 1,
        128 * KIB,
        2 * MIB + 1,
        64 * MIB,
        3,
    ];
    let records: Vec<_> = (1..)
        .zip(sizes)
        .map(|(number, size)| StoredRecord {
            number: RecordNumber::new(number),
            bytes: noise(number, size),
        })
        .collect();
    let mut store = place.open()?;
    for record in &records {
        let mut part = run.part(record.number.get());
        part.record = record.bytes.clone();
        part.index = run.opening().index;
        store.commit(&[part.into()])?;
        ensure_last(&*store, record)?;
    }
    for reopened in [false, true] {
        if reopened {
            drop(store);
            store = place.open()?;
        }
        for record in &records {
            let found = store.records(run.id(), record.number, 1)?;
            ensure!(
                found.first() == Some(record) && found.len() == 1,
                "a record of {} bytes came back different, reopened={reopened}",
                record.bytes.len()
            );
        }
        ensure!(run.read(&*store)? == records, "all at once differ");
    }
    Ok(())
}

/// S9: records are returned in the order of their numbers, and a gap is `Corrupt`.
pub fn s9_records_are_in_order_without_gaps(place: &dyn StorePlace) -> Result<(), Breach> {
    let (run, gap) = (Run(10), Run(11));
    let store = place.open()?;
    // The numbers pass the places where byte order and number order could part.
    let commits: Vec<_> = (1..=600).map(|number| run.commit(number)).collect();
    store.commit(&commits)?;
    let found = run.read(&*store)?;
    ensure!(found == run.records(1..=600), "records are out of order");

    store.commit(&[gap.commit(1), gap.commit(2), gap.commit(4), gap.commit(5)])?;
    let across = store.records(gap.id(), RecordNumber::new(1), 10);
    ensure_fails(across, StorageErrorKind::Corrupt, "reading across a gap")?;
    let into = store.records(gap.id(), RecordNumber::new(3), 10);
    ensure_fails(into, StorageErrorKind::Corrupt, "reading from a gap")?;
    let before = store.records(gap.id(), RecordNumber::new(1), 2)?;
    ensure!(before == gap.records(1..=2), "records before a gap differ");
    let behind = store.records(gap.id(), RecordNumber::new(4), 10)?;
    ensure!(behind == gap.records(4..=5), "records behind a gap differ");
    Ok(())
}

fn the_latest_run_is_current(store: &dyn Store) -> Result<(), Breach> {
    let (first, second) = (Run(10), Run(11));
    let current = || store.current_run(&first.workflow_id());
    store.commit(&[first.open()])?;
    let running = Some(first.entry(ExecutionStatus::Running));
    ensure!(current()? == running, "an open run is not current");
    store.commit(&[first.close(2)])?;
    let completed = Some(first.entry(ExecutionStatus::Completed));
    ensure!(current()? == completed, "a closed run is not current");
    store.commit(&[second.open()])?;
    let running = Some(second.entry(ExecutionStatus::Running));
    ensure!(current()? == running, "a second run is not current");
    let earlier = store.run(first.id())?;
    ensure!(earlier == completed, "the first run is not found any more");
    store.commit(&[second.close(2)])?;
    let third = Run(12);
    let mut brief = third.closing(1);
    brief.index = Some(IndexChange::Opened(Box::new(
        third.entry(ExecutionStatus::Completed),
    )));
    store.commit(&[brief.into()])?;
    let completed = Some(third.entry(ExecutionStatus::Completed));
    ensure!(
        current()? == completed,
        "a run that closed as it opened is not current"
    );
    let open = store.open_runs(None, usize::MAX)?;
    let is_open = open
        .iter()
        .any(|open| open.entry.execution.run_id == third.id());
    ensure!(!is_open, "a run that closed as it opened is open");
    Ok(())
}

fn open_runs_come_in_pages(store: &dyn Store) -> Result<(), Breach> {
    let runs: Vec<_> = (100..=120).map(Run).collect();
    // Not in the order of their ids, and of different lengths.
    for run in runs.iter().rev() {
        store.commit(&[run.open()])?;
    }
    for run in runs.iter().step_by(3) {
        store.commit(&[run.commit(2), run.commit(3)])?;
    }
    for limit in [1, 2, 20, 21, 22] {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store.open_runs(after, limit)?;
            ensure!(page.len() <= limit, "a page is longer than its limit");
            let Some(last) = page.last() else { break };
            after = Some(last.entry.execution.run_id);
            found.extend(page);
        }
        ensure!(
            found.len() == runs.len(),
            "pages of {limit} bring {} of {} open runs",
            found.len(),
            runs.len()
        );
        for (position, (open, run)) in found.iter().zip(&runs).enumerate() {
            let last = if position % 3 == 0 { 3 } else { 1 };
            ensure!(
                open.entry == run.entry(ExecutionStatus::Running)
                    && open.last_record == run.stored(last),
                "pages of {limit} differ from what was written for run {}",
                run.0
            );
        }
    }
    ensure!(
        store.open_runs(None, 0)?.is_empty(),
        "a limit of 0 is ignored"
    );
    Ok(())
}

fn runs_come_in_pages_the_latest_first(store: &dyn Store) -> Result<(), Breach> {
    let mut expected = Vec::new();
    // Not in the order of their ids, so that memory holds some that are earlier than others on disk.
    for number in [400, 409, 402, 407, 404, 405] {
        let run = Run(number);
        store.commit(&[run.open()])?;
        let closes = number % 2 == 0;
        if closes {
            store.commit(&[run.close(2)])?;
        }
        let status = if closes {
            ExecutionStatus::Completed
        } else {
            ExecutionStatus::Running
        };
        expected.push(run.entry(status));
    }
    expected.sort_by_key(|entry| Reverse(entry.execution.run_id));
    for limit in [1, 2, 5, 6, 7] {
        let mut found: Vec<RunEntry> = Vec::new();
        let mut before = None;
        loop {
            let page = store.runs(before, limit)?;
            ensure!(page.len() <= limit, "a page is longer than its limit");
            let Some(last) = page.last() else { break };
            before = Some(last.execution.run_id);
            found.extend(page);
        }
        let ours = |entry: &RunEntry| entry.execution.run_id >= Run(400).id();
        found.retain(ours);
        ensure!(
            found == expected,
            "pages of {limit} runs bring other runs, or in another order"
        );
    }
    ensure!(store.runs(None, 0)?.is_empty(), "a limit of 0 is ignored");
    store.commit(&[Run(404).delete()])?;
    let found = store.runs(None, usize::MAX)?;
    let is_there = found
        .iter()
        .any(|entry| entry.execution.run_id == Run(404).id());
    ensure!(!is_there, "a run that was deleted is listed");
    Ok(())
}

fn closed_runs_come_in_pages_the_earliest_first(store: &dyn Store) -> Result<(), Breach> {
    // Not in the order of their ids; each second one is open, and one has something to say still.
    for number in [509, 500, 507, 502, 505, 504] {
        let run = Run(number);
        store.commit(&[run.open()])?;
        if number % 2 == 0 {
            store.commit(&[run.close(2)])?;
        }
    }
    let speaking = Run(508);
    let mut says = speaking.closing(2);
    let entry = RunEntry {
        has_messages: true,
        ..speaking.entry(ExecutionStatus::Completed)
    };
    says.index = Some(IndexChange::Changed(Box::new(entry)));
    store.commit(&[speaking.open()])?;
    store.commit(&[says.into()])?;
    let closed = [500, 502, 504].map(|number| Run(number).entry(ExecutionStatus::Completed));
    let before = Some(Run(499).id());
    for limit in [1, 2, 3, 4] {
        let mut found: Vec<RunEntry> = Vec::new();
        let mut after = before;
        loop {
            let page = store.closed_runs(after, limit)?;
            ensure!(page.len() <= limit, "a page is longer than its limit");
            let Some(last) = page.last() else { break };
            after = Some(last.execution.run_id);
            found.extend(page);
        }
        found.retain(|entry| entry.execution.run_id <= Run(509).id());
        ensure!(
            found == closed,
            "pages of {limit} closed runs bring other runs, or in another order"
        );
    }
    ensure!(
        store.closed_runs(None, 0)?.is_empty(),
        "a limit of 0 is ignored"
    );
    let mut silent = speaking.part(3);
    silent.index = Some(IndexChange::Changed(Box::new(
        speaking.entry(ExecutionStatus::Completed),
    )));
    store.commit(&[silent.into()])?;
    store.commit(&[Run(502).delete()])?;
    let found = store.closed_runs(before, 3)?;
    let expected = [500, 504, 508].map(|number| Run(number).entry(ExecutionStatus::Completed));
    ensure!(
        found == expected,
        "closed runs are not those that have nothing to do and were not deleted"
    );
    Ok(())
}

fn records_come_in_pages(store: &dyn Store) -> Result<(), Breach> {
    let run = Run(200);
    let commits: Vec<_> = (1..=10).map(|number| run.commit(number)).collect();
    store.commit(&commits)?;
    let pages = [
        (0, 3, 1..=3),
        (1, 3, 1..=3),
        (4, 6, 4..=9),
        (9, 5, 9..=10),
        (10, 1, 10..=10),
    ];
    for (from, limit, expected) in pages {
        let page = store.records(run.id(), RecordNumber::new(from), limit)?;
        ensure!(
            page == run.records(expected),
            "a page of {limit} records from {from} on differs"
        );
    }
    for (from, limit) in [(11, 5), (u32::MAX, 5), (1, 0)] {
        let page = store.records(run.id(), RecordNumber::new(from), limit)?;
        ensure!(page.is_empty(), "{limit} records from {from} on exist");
    }
    Ok(())
}

fn readers_keep_up_with_a_writer(store: &dyn Store) -> Result<(), Breach> {
    const RECORDS: u32 = 100;
    let run = Run(300);
    let returned = AtomicU32::new(0);
    let write = || -> Result<(), StorageError> {
        for number in 1..=RECORDS {
            store.commit(&[run.commit(number)])?;
            returned.store(number, Ordering::Release);
        }
        Ok(())
    };
    let read = || -> Result<(), Breach> {
        let mut before = 0;
        while before < RECORDS {
            before = returned.load(Ordering::Acquire);
            let found = run.read(store)?;
            let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
            ensure!(
                count >= before && found == run.records(1..=count),
                "{before} commits have returned and {count} records are seen"
            );
            thread::yield_now();
        }
        Ok(())
    };
    thread::scope(|scope| {
        let reader = scope.spawn(read);
        let written = write();
        if written.is_err() {
            // The reader must not wait for what will never come.
            returned.store(RECORDS, Ordering::Release);
        }
        let read = reader.join();
        written?;
        read.unwrap_or_else(|_| Err(Breach::Observed("a read panicked".into())))
    })
}

fn ensure_last(store: &dyn Store, record: &StoredRecord) -> Result<(), Breach> {
    let open = store.open_runs(None, 1)?;
    ensure!(
        open.first().map(|open| &open.last_record) == Some(record),
        "a last record of {} bytes came back different",
        record.bytes.len()
    );
    Ok(())
}
