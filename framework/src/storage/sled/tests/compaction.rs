//! A store that is compacted holds the same in less space, whatever interrupts it.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::{
    model::{ExecutionStatus, RecordNumber, RunId, Timestamp, WorkflowExecution},
    storage::{
        Commit, CommitPart, IndexChange, ReadStore, RunEntry, SledOptions, SledStore, StorageError,
        StorageErrorKind, StoredRecord, WriteStore,
        sled::{
            compaction::{self, SECOND_FOLDER},
            folder::Folder,
            mark::{Mark, State},
        },
    },
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// All that a store says.
type Content = Vec<(RunEntry, Vec<StoredRecord>)>;

fn open(path: &Path) -> Result<SledStore, StorageError> {
    SledStore::open(path, SledOptions::default())
}

fn execution(number: u32) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: format!("workflow-{number}").into(),
        run_id: RunId::from_u128(u128::from(number) << 64),
    }
}

/// A run with a record that cannot be compressed; each third is open.
fn run(number: u32, bytes: usize) -> Commit {
    let is_open = number.is_multiple_of(3);
    let status = if is_open {
        ExecutionStatus::Running
    } else {
        ExecutionStatus::Completed
    };
    let entry = RunEntry {
        execution: execution(number),
        status,
        closed_at: (!is_open).then(|| Timestamp::from_secs(1)),
        ..RunEntry::default()
    };
    let noise = std::iter::successors(Some(number), |before| {
        Some(before.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    let record: Vec<u8> = noise.map(|it| it.to_be_bytes()[0]).take(bytes).collect();
    Commit::new(CommitPart {
        run_id: execution(number).run_id,
        number: RecordNumber::new(1),
        record: record.into(),
        index: Some(IndexChange::Opened(Box::new(entry))),
        payloads: Vec::new(),
    })
}

fn deletion(number: u32) -> Commit {
    Commit::new(CommitPart {
        run_id: execution(number).run_id,
        number: RecordNumber::NONE,
        record: bytes::Bytes::new(),
        index: Some(IndexChange::Deleted(execution(number))),
        payloads: Vec::new(),
    })
}

/// A store of so many runs of which one in ten is left.
fn fill(path: &Path, runs: u32, bytes: usize) -> Result<Content, StorageError> {
    let store = open(path)?;
    let all: Vec<_> = (0..runs).map(|number| run(number, bytes)).collect();
    for some in all.chunks(64) {
        store.commit(some)?;
    }
    let gone = (0..runs).filter(|number| !number.is_multiple_of(10));
    let gone: Vec<_> = gone.map(deletion).collect();
    for some in gone.chunks(64) {
        store.commit(some)?;
    }
    content(&store)
}

fn content(store: &SledStore) -> Result<Content, StorageError> {
    let runs = store.runs(None, usize::MAX)?.into_iter();
    let with_records = runs.map(|entry| {
        let run_id = entry.execution.run_id;
        let latest = store.current_run(&entry.execution.workflow_id)?;
        assert_eq!(latest.map(|it| it.execution.run_id), Some(run_id));
        let records = store.records(run_id, RecordNumber::NONE.next(), usize::MAX)?;
        Ok((entry, records))
    });
    with_records.collect()
}

#[test]
fn what_was_deleted_gives_its_space_back_when_the_store_is_compacted() -> Outcome {
    let folder = TempDir::new()?;
    let kept = fill(folder.path(), 1_000, 32 * 1024)?;
    assert_eq!(kept.len(), 100);
    let compaction = SledStore::compact(folder.path(), SledOptions::default())?;
    let records = kept.iter().flat_map(|(_, records)| records);
    let left: u64 = records.map(|it| it.bytes.len() as u64).sum();
    // How much sled has given back by itself, and how full its segments are, differs from run to run.
    assert!(
        compaction.bytes_after < compaction.bytes_before,
        "{compaction:?}"
    );
    let bound = 3 * left + 4 * 1024 * 1024;
    assert!(compaction.bytes_after < bound, "{compaction:?} left={left}");
    let store = open(folder.path())?;
    assert_eq!(content(&store)?, kept);
    assert_eq!(store.open_runs(None, usize::MAX)?.len(), kept.len() / 3 + 1);
    store.commit(&[run(1, 10)])?;
    drop(store);
    assert_eq!(content(&open(folder.path())?)?.len(), kept.len() + 1);
    assert!(!folder.path().join(SECOND_FOLDER).exists());
    Ok(())
}

#[test]
fn a_store_that_is_open_is_not_compacted() -> Outcome {
    let folder = TempDir::new()?;
    let _store = open(folder.path())?;
    let refused = SledStore::compact(folder.path(), SledOptions::default());
    assert!(refused.is_err_and(|error| error.kind() == StorageErrorKind::Locked));
    Ok(())
}

#[test]
fn a_second_store_that_was_never_finished_is_removed_and_the_first_is_as_it_was() -> Outcome {
    let folder = TempDir::new()?;
    let kept = fill(folder.path(), 100, 64)?;
    let second = folder.path().join(SECOND_FOLDER);
    fill(&second, 10, 64)?;
    fs::remove_file(second.join("db"))?;
    assert_eq!(content(&open(folder.path())?)?, kept);
    assert!(!second.exists());
    Ok(())
}

/// A store with a second one that holds the same, before the two are exchanged.
fn before_the_exchange() -> Result<(TempDir, Content), Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    let kept = fill(folder.path(), 60, 64)?;
    let store = open(folder.path())?;
    let second = folder.path().join(SECOND_FOLDER);
    compaction::copy(&store, &second, SledOptions::default())?;
    drop(store);
    Ok((folder, kept))
}

fn write_mark(folder: &Path, of: &Path, state: State) -> Outcome {
    let mark = Mark::read(of)?.ok_or("a mark")?;
    Mark { state, ..mark }.write(folder)?;
    Ok(())
}

fn check(folder: &TempDir, kept: &Content, step: &str) -> Outcome {
    let store = open(folder.path()).map_err(|error| format!("{step}: {error}"))?;
    assert_eq!(content(&store)?, *kept, "{step}");
    drop(store);
    assert!(!folder.path().join(SECOND_FOLDER).exists(), "{step}");
    assert_eq!(content(&open(folder.path())?)?, *kept, "{step}");
    Ok(())
}

#[test]
fn an_exchange_that_is_cut_short_anywhere_is_finished_by_whoever_opens_the_store() -> Outcome {
    let is_file = |name: &str| !name.starts_with("sempre.store") && name != "sempre.lock";
    // So many files of the first store were removed.
    for removed in 0..8 {
        let (folder, kept) = before_the_exchange()?;
        let (path, second) = (folder.path(), folder.path().join(SECOND_FOLDER));
        write_mark(path, &second, State::Removing)?;
        let names: Vec<_> = fs::read_dir(path)?
            .flatten()
            .map(|it| it.file_name())
            .collect();
        let names = names.iter().filter_map(|name| name.to_str());
        for name in names
            .filter(|name| is_file(name) && *name != SECOND_FOLDER)
            .take(removed)
        {
            let path = path.join(name);
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
        check(&folder, &kept, &format!("removed={removed}"))?;
    }
    // So many files of the second were moved.
    for moved in 0..8 {
        let (folder, kept) = before_the_exchange()?;
        let (path, second) = (folder.path(), folder.path().join(SECOND_FOLDER));
        write_mark(path, &second, State::Removing)?;
        Folder::take(path)?.remove_first_store()?;
        write_mark(path, &second, State::Moving)?;
        let names: Vec<_> = fs::read_dir(&second)?
            .flatten()
            .map(|it| it.file_name())
            .collect();
        let names = names.iter().filter_map(|name| name.to_str());
        for name in names.filter(|name| is_file(name)).take(moved) {
            fs::rename(second.join(name), path.join(name))?;
        }
        check(&folder, &kept, &format!("moved={moved}"))?;
    }
    // All is done, but for the folder of the second.
    let (folder, kept) = before_the_exchange()?;
    let second = folder.path().join(SECOND_FOLDER);
    let lone = TempDir::new()?;
    fs::copy(
        second.join("sempre.store"),
        lone.path().join("sempre.store"),
    )?;
    let mark = Mark::read(lone.path())?.ok_or("a mark")?;
    let taken = Folder::take(folder.path())?;
    let removing = Mark {
        state: State::Removing,
        ..mark
    };
    compaction::finish(&taken, removing, true)?;
    drop(taken);
    fs::create_dir(&second)?;
    fs::copy(
        lone.path().join("sempre.store"),
        second.join("sempre.store"),
    )?;
    check(&folder, &kept, "closed")
}

#[test]
fn a_folder_without_a_store_is_not_made_one() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("no.sempre");
    let refused = SledStore::compact(&path, SledOptions::default()).unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::Unsupported);
    assert!(refused.to_string().contains("no store"), "{refused}");
    assert!(!path.exists());
    Ok(())
}
