//! Backups that are taken beside everything else: each is the store as it was at one moment.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use tempfile::TempDir;

use super::author::{Author, Said};
use crate::storage::{
    Backup, Commit, MemoryStore, SledOptions, SledStore, StorageError, StorageErrorKind, WorkMeter,
    WriteStore,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(path: &Path) -> Result<SledStore, StorageError> {
    SledStore::open(path, SledOptions::default())
}

/// The lives of so many runs, all mixed: some end, some are deleted, executions have several runs.
fn lives(runs: u32) -> Vec<Commit> {
    let mut commits = Vec::new();
    let mut living: Vec<Author> = Vec::new();
    for number in 1..=runs {
        let mut author = Author::new(&format!("order-{}", number % (runs / 2).max(1)), number);
        commits.push(author.start());
        living.push(author);
        for (index, author) in living.iter_mut().enumerate() {
            match (index + number as usize) % 4 {
                0 => commits.push(author.signal(2_000)),
                1 => commits.push(author.name(format!("{number} {index}").as_bytes())),
                // More than one piece.
                2 if number % 7 == 0 => commits.push(author.signal(20_000)),
                _ => {}
            }
        }
        if living.len() > 6 {
            let mut oldest = living.remove(0);
            commits.push(oldest.end());
            if number % 3 == 0 {
                commits.push(oldest.delete());
            }
        }
    }
    commits
}

/// What a store says that was given these commits.
fn said_after(commits: &[Commit]) -> Result<Said, StorageError> {
    let store = MemoryStore::new();
    for commit in commits {
        store.commit(std::slice::from_ref(commit))?;
    }
    Said::by(&store)
}

fn restored(backups: &Path, number: u32) -> Result<Said, Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    let restored = SledStore::restore(backups, folder.path(), Some(number), &WorkMeter::new())?;
    assert!(restored.check.is_sound(), "{:?}", restored.check);
    let said = Said::in_folder(folder.path())?;
    assert_eq!(restored.check.runs, said.len() as u64);
    Ok(said)
}

#[test]
fn each_backup_beside_full_load_is_the_store_as_it_was_at_one_moment() -> Outcome {
    let folder = TempDir::new()?;
    let backups = folder.path().join("backups");
    // Settles all the time.
    let options = SledOptions::default().journal_capacity_bytes(16 * 1024);
    let store = SledStore::open(folder.path().join("store"), options)?;
    let commits = lives(200);
    let (written, is_done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let write = || {
        let written = commits.iter().try_for_each(|commit| {
            store.commit(std::slice::from_ref(commit))?;
            written.fetch_add(1, Ordering::Release);
            Ok::<(), StorageError>(())
        });
        is_done.store(true, Ordering::Release);
        written
    };
    // Each with how many commits had been acknowledged before it was asked for.
    let mut taken: Vec<(usize, Backup)> = Vec::new();
    thread::scope(|scope| -> Outcome {
        let writer = scope.spawn(write);
        // Bound: the writer ends.
        loop {
            let is_last = is_done.load(Ordering::Acquire);
            // A few are enough, one of them behind the last commit.
            if taken.len() >= 5 && !is_last {
                thread::yield_now();
                continue;
            }
            let acknowledged = written.load(Ordering::Acquire);
            taken.push((acknowledged, store.backup(&backups, &WorkMeter::new())?));
            if is_last {
                break;
            }
        }
        writer.join().expect("the writer does not panic")?;
        Ok(())
    })?;
    let last = taken.last().map(|(_, last)| last.position);
    let before_all = last.unwrap_or_default() - commits.len() as u64;
    assert!(taken.len() > 2, "{taken:?}");
    assert!(taken.iter().any(|(_, it)| it.entries > 0), "{taken:?}");
    for (acknowledged, backup) in &taken {
        let count = usize::try_from(backup.position - before_all)?;
        assert!(count >= *acknowledged, "{backup:?} {acknowledged}");
        let expected = said_after(&commits[..count])?;
        assert_eq!(restored(&backups, backup.number)?, expected, "{backup:?}");
    }
    Ok(())
}

#[test]
fn a_run_that_is_deleted_at_any_moment_of_a_backup_leaves_nothing_in_it() -> Outcome {
    // Bound: the steps of a backup. A leaf of the tree is read as a whole, and has more pairs than are
    // left out here.
    for moment in (0..).step_by(12) {
        let folder = TempDir::new()?;
        let backups = folder.path().join("backups");
        let store = Arc::new(open(&folder.path().join("store"))?);
        let (mut kept, mut run) = (Author::new("kept", 1), Author::new("order", 2));
        let mut commits = vec![kept.start(), run.start()];
        // Some leaves lie between what payloads say and what runs say.
        commits.extend((0..200_u32).map(|number| kept.name(&number.to_be_bytes())));
        commits.extend([0_u32, 500].map(|number| run.name(&number.to_be_bytes())));
        // More than one piece.
        commits.extend([run.signal(20_000), run.end()]);
        store.commit(&commits)?;
        let steps = Arc::new(AtomicUsize::new(0));
        let (of_work, step, deletion) = (Arc::clone(&store), Arc::clone(&steps), run.delete());
        let meter = WorkMeter::beside(move || {
            if step.fetch_add(1, Ordering::Relaxed) == moment {
                let deleted = of_work.commit(std::slice::from_ref(&deletion));
                let settled = deleted.and_then(|()| of_work.settle_everything());
                settled.expect("nothing keeps the store from deleting it");
            }
        });
        let backup = store.backup(&backups, &meter)?;
        let is_over = steps.load(Ordering::Relaxed) <= moment;
        if backup.entries > 0 {
            commits.push(run.delete());
        }
        let expected = said_after(&commits)?;
        assert_eq!(restored(&backups, 1)?, expected, "moment={moment}");
        if is_over {
            assert!(moment > 400, "moments={moment}");
            return Ok(());
        }
    }
    Ok(())
}

#[test]
fn a_backup_after_another_writes_what_is_new() -> Outcome {
    let folder = TempDir::new()?;
    let (path, backups) = (folder.path().join("store"), folder.path().join("backups"));
    let store = open(&path)?;
    let commits = lives(60);
    let (before, after) = commits.split_at(commits.len() - 3);
    before
        .iter()
        .try_for_each(|commit| store.commit(std::slice::from_ref(commit)))?;
    let first = store.backup(&backups, &WorkMeter::new())?;
    after
        .iter()
        .try_for_each(|commit| store.commit(std::slice::from_ref(commit)))?;
    drop(store);
    // A store that is compacted has another id, and is the same store.
    SledStore::compact(&path, SledOptions::default())?;
    let second = open(&path)?.backup(&backups, &WorkMeter::new())?;
    assert!(second.bytes < first.bytes / 4, "{first:?} {second:?}");
    assert!(
        second.known_pairs > 0 && second.written_pairs > 0,
        "{second:?}"
    );
    assert_eq!(restored(&backups, 1)?, said_after(before)?);
    assert_eq!(restored(&backups, 2)?, said_after(&commits)?);
    // So is one that was restored, and nothing is new then.
    let again = folder.path().join("again");
    SledStore::restore(&backups, &again, None, &WorkMeter::new())?;
    let third = open(&again)?.backup(&backups, &WorkMeter::new())?;
    assert_eq!(
        (third.number, third.written_pairs, third.gone_pairs),
        (3, 0, 0)
    );
    let all = SledStore::backups(&backups)?;
    assert_eq!(all, [first, second, third]);
    Ok(())
}

#[test]
fn a_backup_that_is_cut_short_anywhere_leaves_those_before_it() -> Outcome {
    let folder = TempDir::new()?;
    let (path, backups) = (folder.path().join("store"), folder.path().join("backups"));
    let store = open(&path)?;
    let commits = lives(14);
    let write = |some: &[Commit]| {
        let mut some = some.iter();
        some.try_for_each(|commit| store.commit(std::slice::from_ref(commit)))
    };
    write(&commits)?;
    let mut finished = Vec::new();
    for steps in 0.. {
        match store.backup(&backups, &WorkMeter::stopping_after(steps)) {
            Ok(backup) => {
                finished.push(backup);
                if finished.len() == 2 {
                    break;
                }
                // And once more, beside a backup that counts.
                let mut author = Author::new("late", 1_000);
                write(&[author.start(), author.signal(10)])?;
                let before = restored(&backups, 1)?;
                for steps in 0..u64::MAX {
                    let again = store.backup(&backups, &WorkMeter::stopping_after(steps));
                    assert_eq!(restored(&backups, 1)?, before);
                    if let Ok(backup) = again {
                        finished.push(backup);
                        break;
                    }
                }
                break;
            }
            Err(error) => assert!(error.to_string().contains("was stopped"), "{error}"),
        }
        assert_eq!(SledStore::backups(&backups)?, []);
        let refused =
            SledStore::restore(&backups, folder.path().join("to"), None, &WorkMeter::new());
        assert!(refused.is_err_and(|it| it.kind() == StorageErrorKind::Unsupported));
    }
    assert_eq!(SledStore::backups(&backups)?, finished);
    assert_eq!(restored(&backups, 2)?, Said::by(&store)?);
    let names = fs::read_dir(&backups)?.flatten().map(|it| it.file_name());
    let mut names: Vec<_> = names.filter_map(|it| it.into_string().ok()).collect();
    names.sort_unstable();
    let kept = [
        "backup-000001",
        "backup-000002",
        "keys-000002",
        "sempre.backup",
        "sempre.lock",
    ];
    assert_eq!(names, kept, "nothing unfinished is left");
    Ok(())
}

#[test]
fn a_backup_goes_to_no_place_where_it_would_do_harm() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store");
    let store = open(&path)?;
    store.commit(&[Author::new("order", 1).start()])?;
    let meter = WorkMeter::new();
    let refused = |to: &Path, text: &str| {
        let error = store.backup(to, &meter).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        error.kind()
    };
    for to in [path.clone(), path.join("backups"), folder.path().to_owned()] {
        assert_eq!(refused(&to, "lies within"), StorageErrorKind::Unsupported);
    }
    let foreign = folder.path().join("documents");
    fs::create_dir(&foreign)?;
    fs::write(foreign.join("letter"), "dear")?;
    let kind = refused(&foreign, "something else than backups");
    assert_eq!(kind, StorageErrorKind::Unsupported);
    let file = folder.path().join("file");
    fs::write(&file, "no folder")?;
    assert_eq!(
        refused(&file, "cannot be written"),
        StorageErrorKind::Unavailable
    );
    let other = folder.path().join("other");
    let of_other = folder.path().join("of other");
    open(&other)?.backup(&of_other, &meter)?;
    let kind = refused(&of_other, "another store");
    assert_eq!(kind, StorageErrorKind::Unsupported);
    let error = open(&of_other).unwrap_err();
    assert!(error.to_string().contains("holds backups"), "{error}");
    // One at a time.
    let backups = folder.path().join("backups");
    store.backup(&backups, &meter)?;
    let held = crate::storage::backup::BackupFolder::take(&backups)?;
    assert_eq!(refused(&backups, "wait for it"), StorageErrorKind::Locked);
    drop(held);
    let tap = store.content().tap()?;
    let kind = refused(&folder.path().join("second"), "wait for it");
    assert_eq!(kind, StorageErrorKind::Unavailable);
    store.content().untap(&tap);
    // Whoever has closed a tap already closes nobody else's.
    let others = store.content().tap()?;
    store.content().untap(&tap);
    assert!(store.content().tap().is_err(), "it is open");
    store.content().untap(&others);
    fs::remove_file(backups.join("keys-000001"))?;
    assert_eq!(
        refused(&backups, "name another folder"),
        StorageErrorKind::Corrupt
    );
    Ok(())
}
