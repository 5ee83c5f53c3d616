//! What the sled store promises beyond the rules of the port.

use std::{
    fs::{self, File},
    path::Path,
    sync::{Arc, Barrier},
    thread,
};

use bytes::Bytes;
use tempfile::TempDir;

use crate::{
    model::{ExecutionStatus, RecordNumber, RunId},
    storage::{
        Commit, CommitPart, Durability, IndexChange, ReadStore, RunEntry, SledOptions, SledStore,
        StorageError, StorageErrorKind, WriteStore,
        sled::{
            key,
            piece::{PIECE_BYTES_MAX, Piece},
            store::SEGMENT_BYTES,
        },
    },
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const RUN: RunId = RunId::from_u128(42);

fn open(folder: &TempDir) -> SledStore {
    SledStore::open(folder.path(), SledOptions::default()).expect("the store opens")
}

fn commit(run_id: RunId, number: u32, record: impl Into<Bytes>) -> Commit {
    CommitPart {
        run_id,
        number: RecordNumber::new(number),
        record: record.into(),
        index: None,
        payloads: Vec::new(),
    }
    .into()
}

/// Bytes that cannot be compressed.
fn noise(size: usize) -> Vec<u8> {
    let numbers = std::iter::successors(Some(1u32), |before| {
        Some(before.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    let bytes = numbers.map(|number| number.to_be_bytes()[0]);
    bytes.take(size).collect()
}

fn opened(run_id: RunId) -> IndexChange {
    let mut entry = RunEntry {
        status: ExecutionStatus::Running,
        ..RunEntry::default()
    };
    entry.execution.run_id = run_id;
    IndexChange::Opened(Box::new(entry))
}

fn count(store: &SledStore) -> usize {
    let records = store.records(RUN, RecordNumber::new(1), usize::MAX);
    records.expect("the records are whole").len()
}

/// Has everything put to its place, as whoever asks for open runs does.
fn settle(store: &SledStore) -> Result<(), StorageError> {
    store.open_runs(None, 0).map(drop)
}

/// Changes what is on disk behind the store's back.
fn tamper(folder: &TempDir, change: impl FnOnce(&::sled::Tree)) {
    let config = ::sled::Config::new().path(folder.path());
    let db = config.segment_size(SEGMENT_BYTES).open();
    change(&db.expect("the store is closed"));
    wait_for_sled(folder);
}

/// Waits until sled has let go of its log, as the store does when it is dropped as a whole.
fn wait_for_sled(folder: &TempDir) {
    let log = File::open(folder.path().join("db")).expect("the log exists");
    log.lock().expect("sled lets go of its log");
}

#[test]
fn a_store_can_be_opened_again_at_once() {
    let folder = TempDir::new().unwrap();
    for number in 1..=50 {
        let store = open(&folder);
        assert_eq!(count(&store) + 1, number as usize);
        store
            .commit(&[commit(RUN, number, vec![7; 5_000])])
            .unwrap();
    }
}

#[test]
fn no_payload_makes_sled_write_a_file_of_its_own() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(&folder);
    let payload = Bytes::from(noise(2 * 1024 * 1024));
    for number in 1..=30 {
        // Many pieces on many pages, and then smaller records between them.
        let others = (1..=40).map(|run| commit(RunId::from_u128(run), number, noise(40_000)));
        let mut commits: Vec<_> = others.collect();
        commits.push(commit(RunId::from_u128(100), number, payload.clone()));
        store.commit(&commits)?;
    }
    drop(store);
    drop(open(&folder));
    let blobs = fs::read_dir(folder.path().join("blobs"))?;
    assert_eq!(blobs.count(), 0, "sled wrote blobs, which it never syncs");
    Ok(())
}

#[test]
fn a_piece_never_exceeds_its_bound() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(&folder);
    for (number, size) in (1..).zip([0, 1, PIECE_BYTES_MAX, PIECE_BYTES_MAX + 1]) {
        store.commit(&[commit(RUN, number, noise(size))])?;
    }
    store.commit(&[commit(RunId::from_u128(43), 1, noise(1 << 20))])?;
    drop(store);
    tamper(&folder, |tree| {
        let sizes: Vec<_> = tree.iter().values().flatten().map(|v| v.len()).collect();
        assert!(sizes.iter().all(|size| *size <= PIECE_BYTES_MAX));
        // In the bundle of the first run, what two records share takes its room once.
        assert_eq!(
            sizes.len(),
            2 + 2 + 257,
            "with the format and the settlements"
        );
    });
    Ok(())
}

#[test]
fn garbage_in_place_of_a_record_is_reported_with_its_run_and_number() -> Outcome {
    let folder = TempDir::new()?;
    let (store, number) = (open(&folder), RecordNumber::new(1));
    store.commit(&[commit(RUN, 1, "what was written")])?;
    drop(store);
    tamper(&folder, |tree| {
        let garbage = b"this is not what was written".to_vec();
        let key = key::bundle(RUN, number, Piece::WHOLE);
        tree.insert(key, garbage).unwrap();
    });
    let error = open(&folder).records(RUN, number, 1).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    let message = error.to_string();
    assert!(
        message.contains(&format!("run_id={RUN} record=1")),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_missing_piece_is_reported_with_its_run_and_number() -> Outcome {
    // A record of three pieces between two of one piece each.
    let piece = |number, index, is_last| {
        let piece = Piece { index, is_last };
        key::bundle(RUN, RecordNumber::new(number), piece)
    };
    let cases = [
        (piece(1, 0, true), 1),
        (piece(2, 0, false), 2),
        (piece(2, 1, false), 2),
        (piece(2, 2, true), 2),
    ];
    for (missing, number) in cases {
        let folder = TempDir::new()?;
        let store = open(&folder);
        let long = noise(2 * PIECE_BYTES_MAX + 1);
        for (number, record) in [(1, b"a".to_vec()), (2, long), (3, b"c".to_vec())] {
            store.commit(&[commit(RUN, number, record)])?;
            settle(&store)?;
        }
        drop(store);
        tamper(&folder, |tree| {
            assert!(tree.remove(missing).unwrap().is_some());
        });
        let records = open(&folder).records(RUN, RecordNumber::new(1), 10);
        let error = records.unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        let place = format!("run_id={RUN} record={number}");
        assert!(error.to_string().contains(&place), "{error}");
    }
    Ok(())
}

#[test]
fn an_open_run_without_a_whole_last_record_is_found_without_it() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(&folder);
    let first = CommitPart {
        run_id: RUN,
        number: RecordNumber::new(1),
        record: noise(PIECE_BYTES_MAX + 1).into(),
        index: Some(opened(RUN)),
        payloads: Vec::new(),
    };
    store.commit(&[first.into()])?;
    drop(store);
    for (index, is_last) in [(1, true), (0, false)] {
        tamper(&folder, |tree| {
            let piece = Piece { index, is_last };
            let key = key::bundle(RUN, RecordNumber::new(1), piece);
            assert!(tree.remove(key).unwrap().is_some());
        });
        // It hides no other run, and what it has is no record.
        let store = open(&folder);
        let found = store.open_runs(None, 1)?;
        let [run] = found.as_slice() else {
            return Err(format!("one run is open: {found:?}").into());
        };
        assert_eq!(run.entry.execution.run_id, RUN);
        assert!(run.last_record.bytes.is_empty());
    }
    Ok(())
}

#[test]
fn a_store_of_a_newer_release_is_refused() -> Outcome {
    let folder = TempDir::new()?;
    drop(open(&folder));
    tamper(&folder, |tree| {
        tree.insert(key::FORMAT, &[0, 0, 0, 4]).unwrap();
    });
    let error = SledStore::open(folder.path(), SledOptions::default()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Unsupported);
    let message = error.to_string();
    assert!(message.contains("newer release: format=4"), "{message}");
    Ok(())
}

#[test]
fn a_snapshot_that_a_kill_left_unfinished_is_removed() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(&folder);
    for number in 1..=20 {
        store.commit(&[commit(RUN, number, vec![1; 1_000])])?;
    }
    drop(store);
    let unfinished = folder.path().join("snap.00000000000F4240.generating");
    for so_far in [&b""[..], &[7; 12], &[7; 100]] {
        fs::write(&unfinished, so_far)?;
        assert_eq!(count(&open(&folder)), 20);
        assert!(!unfinished.exists());
    }
    Ok(())
}

#[test]
fn a_deferred_store_keeps_everything_when_it_is_dropped() -> Outcome {
    let folder = TempDir::new()?;
    let options = SledOptions::default()
        .durability(Durability::Deferred)
        .cache_capacity_bytes(16 * 1024 * 1024);
    let store = SledStore::open(folder.path(), options)?;
    for number in 1..=500 {
        store.commit(&[commit(RUN, number, vec![1; 3_000])])?;
    }
    drop(store);
    assert_eq!(count(&open(&folder)), 500);
    Ok(())
}

#[test]
fn a_commit_returns_only_after_a_sync_and_a_failed_sync_poisons() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(&folder);
    store.commit(&[commit(RUN, 1, "a")])?;
    store.break_disk()?;
    let failed = store.commit(&[commit(RUN, 2, "b")]).unwrap_err();
    assert_eq!(failed.kind(), StorageErrorKind::Unavailable);
    for _ in 0..2 {
        let refused = store.commit(&[commit(RUN, 3, "c")]).unwrap_err();
        assert_eq!(refused.kind(), StorageErrorKind::Poisoned);
    }
    // What it would answer may not be there after the next start.
    let read = store.records(RUN, RecordNumber::new(1), 10).unwrap_err();
    assert_eq!(read.kind(), StorageErrorKind::Poisoned);
    drop(store);
    wait_for_sled(&folder);
    assert!((1..=2).contains(&count(&open(&folder))));
    Ok(())
}

#[test]
fn an_entry_of_the_journal_stays_until_what_it_holds_is_synced_at_its_place() -> Outcome {
    let folder = TempDir::new()?;
    let store = open(&folder);
    store.commit(&[commit(RUN, 1, "a")])?;
    store.break_disk()?;
    // Settling is what this asks for first.
    let failed = store.open_runs(None, 1).unwrap_err();
    assert_eq!(failed.kind(), StorageErrorKind::Unavailable);
    drop(store);
    wait_for_sled(&folder);
    tamper(&folder, |tree| {
        assert_eq!(tree.scan_prefix(b"r").count(), 1, "it is at its place");
        tree.remove(key::bundle(RUN, RecordNumber::new(1), Piece::WHOLE))
            .unwrap();
    });
    assert_eq!(count(&open(&folder)), 1, "and in the journal");
    Ok(())
}

#[test]
fn a_deferred_commit_does_not_wait_for_a_sync() -> Outcome {
    let folder = TempDir::new()?;
    let options = SledOptions::default().durability(Durability::Deferred);
    let store = SledStore::open(folder.path(), options)?;
    store.break_disk()?;
    store.commit(&[commit(RUN, 1, "a")])?;
    assert_eq!(count(&store), 1);
    Ok(())
}

#[test]
fn many_threads_may_commit_at_once() -> Outcome {
    const THREADS: u32 = 16;
    let folder = TempDir::new()?;
    let store = Arc::new(open(&folder));
    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for run in 0..THREADS {
            let (store, start) = (&store, &start);
            scope.spawn(move || {
                start.wait();
                for number in 1..=20 {
                    let run_id = RunId::from_u128(run.into());
                    store.commit(&[commit(run_id, number, "x")]).unwrap();
                }
            });
        }
    });
    for run in 0..THREADS {
        let run_id = RunId::from_u128(run.into());
        let records = store.records(run_id, RecordNumber::new(1), 100)?;
        assert_eq!(records.len(), 20);
    }
    Ok(())
}

#[test]
fn a_relative_path_is_a_folder_of_the_working_directory() -> Outcome {
    let folder = TempDir::new_in(".")?;
    let relative = Path::new(folder.path().file_name().expect("a name")).join("store");
    SledStore::open(&relative, SledOptions::default())?;
    assert!(folder.path().join("store/db").is_file());
    Ok(())
}
