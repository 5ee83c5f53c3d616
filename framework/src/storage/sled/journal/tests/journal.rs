//! The journal on a disk: files that are used again, and every end it can come to.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::storage::{
    CommitPart, StorageError, StorageErrorKind,
    sled::journal::{
        StoredJournal, file,
        journal::{FILE_BYTES, GROWN_BYTES_MAX, Journal},
        tests::book::part,
    },
};

fn open(folder: &TempDir) -> Result<(Journal, Vec<Vec<CommitPart>>), StorageError> {
    let mut stored = StoredJournal::read(folder.path())?;
    let entries = stored.take_entries();
    let needed = entries.first().map(|entry| entry.sequence);
    let parts = entries.into_iter().map(|entry| entry.parts).collect();
    Ok((stored.go_on(needed)?, parts))
}

/// What is on disk, as another owner would find it.
fn found(folder: &TempDir) -> Vec<Vec<CommitPart>> {
    let mut stored = StoredJournal::read(folder.path()).expect("a journal that opens");
    let entries = stored.take_entries().into_iter();
    entries.map(|entry| entry.parts).collect()
}

fn files(folder: &Path) -> usize {
    file::slots(folder).expect("a folder").len()
}

fn bytes(folder: &Path) -> u64 {
    let slots = file::slots(folder).expect("a folder").into_iter();
    let lengths = slots.map(|slot| fs::metadata(folder.join(file::name(slot))).unwrap().len());
    lengths.sum()
}

#[test]
fn what_is_appended_is_there_whatever_its_size() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(&folder).unwrap();
    let sizes = [0, 1, 400, 5_000, 3 << 20, 17, 9 << 20, 40];
    let mut expected = Vec::new();
    for (number, size) in (1..).zip(sizes) {
        let parts = vec![part(1, number, size), part(2, number, 10)];
        journal.append(parts.iter()).unwrap();
        journal.sync().unwrap();
        if number % 3 == 0 {
            journal.prepare().unwrap();
        }
        expected.push(parts);
        assert_eq!(found(&folder), expected);
    }
    // Its owner dies; what it left is all the next one's.
    let (journal, entries) = open(&folder).unwrap();
    assert_eq!(entries, expected);
    journal.append([part(1, 9, 10)].iter()).unwrap();
    expected.push(vec![part(1, 9, 10)]);
    assert_eq!(found(&folder), expected);
}

#[test]
fn files_are_used_again_and_stay_few() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(&folder).unwrap();
    let mut written: Vec<(u64, CommitPart)> = Vec::new();
    for number in 1..=600 {
        let next = part(1, number, 50_000);
        let entry = journal.append([next.clone()].iter()).unwrap();
        journal.sync().unwrap();
        written.push((entry.sequence, next));
        // What came before the last thirty has settled.
        let needed = entry.sequence.saturating_sub(30);
        written.retain(|(sequence, _)| *sequence >= needed);
        journal.release(needed, u64::from(number));
        journal.prepare().unwrap();
        if number % 50 == 0 {
            let all = found(&folder).concat();
            let needed =
                all.ends_with(&written.iter().map(|(_, it)| it.clone()).collect::<Vec<_>>());
            assert!(needed, "whatever is needed is there");
        }
    }
    assert!(files(folder.path()) <= 8, "{} files", files(folder.path()));
    let bytes = bytes(folder.path());
    assert!(bytes <= 8 * FILE_BYTES, "{bytes} bytes");
}

#[test]
fn a_file_is_used_again_only_when_the_disk_says_that_it_may() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(&folder).unwrap();
    let size = usize::try_from(FILE_BYTES).unwrap();
    for number in 1..=3 {
        journal.prepare().unwrap();
        journal.append([part(1, number, size)].iter()).unwrap();
    }
    journal.sync().unwrap();
    let before = files(folder.path());
    journal.release(4, 1);
    for _ in 0..3 {
        journal.prepare().unwrap();
    }
    let (fresh, all) = (files(folder.path()), found(&folder).len());
    assert_eq!((fresh, all), (before + 1, 3), "a new one was made ready");
    // Written and not synced is not enough.
    journal.append([part(1, 4, size)].iter()).unwrap();
    journal.prepare().unwrap();
    assert_eq!(files(folder.path()), fresh + 1);
    journal.append([part(1, 5, size)].iter()).unwrap();
    journal.sync().unwrap();
    journal.prepare().unwrap();
    assert_eq!(files(folder.path()), fresh + 1, "now it is");
}

#[test]
fn a_file_grows_only_so_far() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(&folder).unwrap();
    for number in 1..=40 {
        journal.append([part(1, number, 1 << 20)].iter()).unwrap();
    }
    let longest = file::slots(folder.path()).unwrap().into_iter();
    let longest = longest.map(|slot| fs::metadata(folder.path().join(file::name(slot))).unwrap());
    assert!(longest.map(|file| file.len()).max().unwrap() <= GROWN_BYTES_MAX);
    assert_eq!(found(&folder).len(), 40);
}

#[test]
fn a_closed_journal_is_one_short_file() {
    let folder = TempDir::new().unwrap();
    for round in 1..=5_u32 {
        let (journal, entries) = open(&folder).unwrap();
        assert!(entries.is_empty());
        for number in 1..=round * 3 {
            let size = usize::try_from(FILE_BYTES / 2).unwrap();
            journal.append([part(1, number, size)].iter()).unwrap();
            if round % 2 == 0 {
                journal.prepare().unwrap();
            }
        }
        journal.release(u64::MAX / 2, 1);
        journal.close().unwrap();
        assert_eq!(files(folder.path()), 1);
        assert!(bytes(folder.path()) <= 512, "{}", bytes(folder.path()));
    }
}

#[test]
fn owners_that_die_leave_few_files() {
    let folder = TempDir::new().unwrap();
    let mut number = 0;
    for _ in 0..60 {
        let (journal, entries) = open(&folder).unwrap();
        assert_eq!(entries.concat().len(), number as usize % 5);
        journal.prepare().unwrap();
        number += 1;
        let entry = journal.append([part(1, number, 100)].iter()).unwrap();
        journal.sync().unwrap();
        if number % 5 == 0 {
            journal.release(entry.sequence + 1, 1);
            journal.append([].iter()).unwrap();
            journal.sync().unwrap();
            journal.prepare().unwrap();
        }
    }
    // Ten that are needed, sixteen that are kept, and the two of the last owner.
    assert!(files(folder.path()) <= 28, "{} files", files(folder.path()));
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    let folder = TempDir::new().unwrap();
    for name in [
        "sempre.journal.",
        "sempre.journal.07",
        "sempre.journal.x",
        "journal.1",
    ] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let (journal, _) = open(&folder).unwrap();
    journal.append([part(1, 1, 10)].iter()).unwrap();
    journal.release(9, 1);
    journal.close().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4 + 1);
    assert_eq!(files(folder.path()), 1);
}

#[test]
fn a_journal_that_cannot_be_synced_says_so() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = open(&folder).unwrap();
    journal.break_down().unwrap();
    journal.append([part(1, 1, 10)].iter()).unwrap();
    let error = journal.sync().unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Unavailable);
}
