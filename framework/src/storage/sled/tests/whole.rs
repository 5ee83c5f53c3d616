//! What is damaged or missing in a store that a crash left, and what goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use bytes::Bytes;
use tempfile::TempDir;

use crate::{
    model::{
        ExecutionStatus, RecordNumber, RunId, Timestamp, Transition, Wake, WorkflowExecution,
        WorkflowId,
    },
    storage::{
        Commit, CommitPart, IndexChange, ReadStore as _, RunEntry, SledOptions, SledStore,
        StorageError, StorageErrorKind, StoredRecord, WriteStore as _, record,
    },
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(folder: &Path) -> Result<SledStore, StorageError> {
    SledStore::open(folder, SledOptions::default())
}

fn run(number: u128) -> RunId {
    RunId::from_u128(number)
}

/// A record that proves what it is.
fn real(run_id: RunId, number: u32) -> Bytes {
    let transition = Transition {
        at: Timestamp::from_secs(u64::from(number)),
        entries: Vec::new(),
        wake: Wake::default(),
    };
    record::encode(run_id, RecordNumber::new(number), &transition)
}

fn commit(run_id: RunId, number: u32) -> Commit {
    let entry = RunEntry {
        execution: WorkflowExecution {
            workflow_id: WorkflowId::new(format!("order-{run_id}")),
            run_id,
        },
        status: ExecutionStatus::Running,
        ..RunEntry::default()
    };
    Commit::new(CommitPart {
        run_id,
        number: RecordNumber::new(number),
        record: real(run_id, number),
        index: (number == 1).then_some(IndexChange::Opened(Box::new(entry))),
        payloads: Vec::new(),
    })
}

/// What the death of the process would leave.
fn crashed(folder: &TempDir) -> std::io::Result<TempDir> {
    let copy = TempDir::new()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Ok(copy)
}

fn journals(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_journal = |path: &PathBuf| path.to_string_lossy().contains("sempre.journal.");
    entries.filter(is_journal).collect()
}

/// Flips a bit in the first copy of these bytes in a journal.
fn garble(folder: &Path, what: &[u8]) {
    for path in journals(folder) {
        let mut bytes = fs::read(&path).unwrap();
        let place = bytes.windows(what.len()).position(|window| window == what);
        if let Some(place) = place {
            bytes[place + what.len() / 2] ^= 4;
            fs::write(path, bytes).unwrap();
            return;
        }
    }
    panic!("it is in the journal");
}

fn is_intact(run_id: RunId, records: &[StoredRecord]) -> bool {
    records.iter().all(|it| record::decode(run_id, it).is_ok())
}

#[test]
fn a_garbled_record_in_the_journal_damages_its_run_and_no_other() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(folder.path())?;
    store.commit(&[1, 2, 3].map(|it| commit(run(it), 1)))?;
    store.commit(&[1, 2, 3].map(|it| commit(run(it), 2)))?;
    store.commit(&[commit(run(3), 3)])?;
    for number in [1, 2] {
        let copy = crashed(&folder)?;
        garble(copy.path(), &real(run(2), number));
        // Also when it is opened again: what is damaged is not forgotten.
        for _ in 0..2 {
            let store = open(copy.path())?;
            let open_runs = store.open_runs(None, 10)?;
            assert_eq!(open_runs.len(), 3, "it is listed");
            for (it, records) in [(1, 2), (2, 2), (3, 3)] {
                let found = store.records(run(it), RecordNumber::new(1), 10)?;
                assert_eq!(found.len(), records);
                assert_eq!(is_intact(run(it), &found), it != 2);
            }
        }
    }
    Ok(())
}

#[test]
fn entries_that_are_gone_altogether_refuse_the_store_and_nothing_is_touched() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(folder.path())?;
    for number in 1..=3 {
        store.commit(&[commit(run(1), number)])?;
    }
    let copy = crashed(&folder)?;
    drop(store);
    for path in journals(copy.path()) {
        let mut bytes = fs::read(&path)?;
        let second = real(run(1), 2);
        let place = bytes.windows(second.len()).position(|it| it == second);
        if let Some(place) = place {
            // The file may end with the entry, if the next one was written to a file made ready.
            let end = bytes.len().min(place + 200);
            bytes[place.saturating_sub(200)..end].fill(0);
            fs::write(path, bytes)?;
        }
    }
    let before = fs::read(copy.path().join("db"))?;
    for _ in 0..2 {
        let error = open(copy.path()).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        assert!(error.to_string().contains("first_entry="), "{error}");
    }
    assert_eq!(fs::read(copy.path().join("db"))?, before);
    Ok(())
}

#[test]
fn a_store_without_its_journal_is_refused() -> Outcome {
    for closes in [true, false] {
        let folder = TempDir::new()?;
        let store = open(folder.path())?;
        store.commit(&[commit(run(1), 1)])?;
        let copy = crashed(&folder)?;
        drop(store);
        let left = if closes { &folder } else { &copy };
        for path in journals(left.path()) {
            fs::remove_file(path)?;
        }
        let error = open(left.path()).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        assert!(error.to_string().contains("journal is missing"), "{error}");
    }
    Ok(())
}

#[test]
fn a_journal_that_is_removed_under_an_open_store_stops_it() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(folder.path())?;
    store.commit(&[commit(run(1), 1)])?;
    for path in journals(folder.path()) {
        fs::remove_file(path)?;
    }
    let error = store.commit(&[commit(run(1), 2)]).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Unavailable);
    Ok(())
}

#[test]
fn reads_see_what_is_committed_at_once_as_a_whole() -> Outcome {
    const GROUP: u32 = 5;
    let folder = TempDir::new()?;
    let store = open(folder.path())?;
    let record = Bytes::from(vec![7; 1 << 20]);
    let group = |first: u32| {
        let parts = (first..first + GROUP).map(|number| CommitPart {
            run_id: run(1),
            number: RecordNumber::new(number),
            record: record.clone(),
            index: None,
            payloads: Vec::new(),
        });
        parts.map(Commit::new).collect::<Vec<_>>()
    };
    let is_done = AtomicBool::new(false);
    let write = || {
        let written = (0..6).try_for_each(|it| store.commit(&group(it * GROUP + 1)));
        is_done.store(true, Ordering::Release);
        written
    };
    let read = || -> Result<(), StorageError> {
        // Bound: the writer ends.
        while !is_done.load(Ordering::Acquire) {
            let found = store.records(run(1), RecordNumber::new(1), usize::MAX)?;
            assert_eq!(found.len() % GROUP as usize, 0);
            thread::yield_now();
        }
        Ok(())
    };
    thread::scope(|scope| {
        let reader = scope.spawn(read);
        write()?;
        reader.join().expect("no read panics")
    })?;
    Ok(())
}

#[test]
fn a_journal_may_be_allowed_any_size() -> Outcome {
    for bytes in [0, 1, usize::MAX] {
        let folder = TempDir::new()?;
        let options = || SledOptions::default().journal_capacity_bytes(bytes);
        let store = SledStore::open(folder.path(), options())?;
        for number in 1..=3 {
            store.commit(&[commit(run(1), number)])?;
        }
        drop(store);
        let store = SledStore::open(folder.path(), options())?;
        assert_eq!(store.records(run(1), RecordNumber::new(1), 10)?.len(), 3);
    }
    Ok(())
}
