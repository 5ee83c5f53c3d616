//! A repair mends what follows from the records, and keeps what it sets aside.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::author::{Author, Said};
use crate::storage::{
    FaultKind, ReadStore as _, Repair, SledOptions, SledStore, StorageError, WorkMeter,
    WriteStore as _,
    sled::{key, store::SEGMENT_BYTES},
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(path: &Path) -> Result<SledStore, StorageError> {
    SledStore::open(path, SledOptions::default())
}

fn repair(path: &Path, meter: &WorkMeter) -> Result<Repair, StorageError> {
    SledStore::repair(path, SledOptions::default(), meter)
}

/// A store with three runs of two executions, one that names payloads.
fn fill(path: &Path) -> Result<Said, StorageError> {
    let store = open(path)?;
    let [mut one, mut two, mut three] =
        [("a", 1), ("a", 2), ("b", 3)].map(|(id, number)| Author::new(id, number));
    store.commit(&[one.start(), one.signal(100), one.end()])?;
    store.commit(&[two.start(), two.signal(9_000)])?;
    store.commit(&[three.start(), three.name(b"content"), three.end()])?;
    Said::by(&store)
}

/// Changes what is on disk behind the store's back.
fn tamper(path: &Path, change: impl FnOnce(&::sled::Tree)) -> Outcome {
    let config = ::sled::Config::new().path(path);
    let db = config.segment_size(SEGMENT_BYTES).open()?;
    change(&db);
    db.flush()?;
    drop(db);
    // sled's threads may keep its log for a moment.
    let log = fs::OpenOptions::new().write(true).open(path.join("db"))?;
    log.lock()?;
    Ok(())
}

fn run(number: u32) -> crate::model::RunId {
    Author::new("", number).run_id()
}

#[test]
fn a_sound_store_is_left_as_it_is() -> Outcome {
    let folder = TempDir::new()?;
    let said = fill(folder.path())?;
    let repair = repair(folder.path(), &WorkMeter::new())?;
    assert!(repair.before.is_sound() && repair.set_aside_in.is_none());
    assert_eq!(Said::in_folder(folder.path())?, said);
    Ok(())
}

/// What somebody does to a tree.
type Change<'c> = &'c dyn Fn(&::sled::Tree) -> ::sled::Result<()>;

#[test]
fn what_follows_from_the_records_is_made_anew() -> Outcome {
    let latest = |id: &str| key::current_run(&id.into());
    let remove = |key: &[u8]| {
        let key = key.to_vec();
        move |tree: &::sled::Tree| tree.remove(&key).map(drop)
    };
    let insert = |key: &[u8], value: &[u8]| {
        let (key, value) = (key.to_vec(), value.to_vec());
        move |tree: &::sled::Tree| tree.insert(&key, value.as_slice()).map(drop)
    };
    let name = crate::model::ContentKey::of(b"unknown");
    let cases: [(&str, Change<'_>); 9] = [
        ("an open run's entry", &remove(&key::open_run(run(2)))),
        ("a closed run's entry", &remove(&key::closed_run(run(1)))),
        (
            "a damaged entry",
            &insert(&key::closed_run(run(3)), b"\x01damaged"),
        ),
        (
            "an entry twice",
            &insert(&key::closed_run(run(2)), b"twice"),
        ),
        ("the latest run of an open one", &remove(&latest("a"))),
        ("a garbled latest run", &insert(&latest("b"), b"garbled")),
        (
            "a latest run of others",
            &insert(&latest("b"), run(1).as_bytes()),
        ),
        ("a name too many", &insert(&key::named(run(3), &name), b"")),
        ("a name of nobody", &insert(&key::namer(&name, run(9)), b"")),
    ];
    for (what, change) in cases {
        let folder = TempDir::new()?;
        let said = fill(folder.path())?;
        tamper(folder.path(), |tree| change(tree).expect("sled writes"))?;
        let found = SledStore::check(folder.path(), SledOptions::default(), &WorkMeter::new())?;
        assert!(!found.is_sound(), "{what}");
        let repair = repair(folder.path(), &WorkMeter::new())?;
        assert_eq!(repair.before, found, "{what}");
        assert!(
            repair.after.is_sound() && repair.set_aside.is_empty(),
            "{what}"
        );
        assert_eq!(Said::in_folder(folder.path())?, said, "{what}");
    }
    Ok(())
}

/// Garbles the last bundle of a run.
fn garble(path: &Path, number: u32) -> Outcome {
    tamper(path, |tree| {
        let all = key::bundles(
            run(number),
            crate::model::RecordNumber::NONE,
            crate::model::RecordNumber::new(u32::MAX),
        );
        let (key, value) = tree
            .range(all)
            .next_back()
            .expect("a bundle")
            .expect("is read");
        let mut bundle = value.to_vec();
        let middle = bundle.len() / 2;
        bundle[middle] ^= 16;
        tree.insert(key, bundle).expect("sled writes");
    })
}

#[test]
fn a_run_that_cannot_be_read_is_set_aside_with_all_its_bytes() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store");
    fill(&path)?;
    garble(&path, 3)?;
    let repair = repair(&path, &WorkMeter::new())?;
    assert!(repair.after.is_sound(), "{:?}", repair.after);
    assert_eq!(repair.set_aside.len(), 1);
    assert_eq!(repair.set_aside[0].workflow_id.as_str(), "b");
    let store = open(&path)?;
    assert!(store.run(run(3))?.is_none());
    assert!(store.current_run(&"b".into())?.is_none());
    assert!(!store.names_payload(&crate::model::ContentKey::of(b"content"))?);
    assert_eq!(store.runs(None, 10)?.len(), 2);
    // The execution can be started again.
    store.commit(&[Author::new("b", 4).start()])?;
    drop(store);
    // What was set aside is a store again, with the same damage.
    let aside = repair.set_aside_in.ok_or("something was set aside")?;
    let found = fs::read_to_string(aside.join("found.txt"))?;
    assert!(found.contains("workflow_id=b"), "{found}");
    let again = folder.path().join("again");
    let restored = SledStore::restore(&aside, &again, None, &WorkMeter::new())?;
    assert_eq!(restored.check.runs, 1);
    let kinds: Vec<_> = restored.check.faults.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [FaultKind::Record]);
    let store = open(&again)?;
    let entry = store.run(run(3))?.ok_or("the run is there")?;
    assert_eq!(entry.execution.workflow_id.as_str(), "b");
    Ok(())
}

#[test]
fn a_repair_that_is_cut_short_anywhere_leaves_the_store_as_it_was_or_repaired() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store");
    fill(&path)?;
    garble(&path, 3)?;
    let found = SledStore::check(&path, SledOptions::default(), &WorkMeter::new())?;
    for steps in 0.. {
        let Err(error) = repair(&path, &WorkMeter::stopping_after(steps)) else {
            break;
        };
        assert!(error.to_string().contains("was stopped"), "{error}");
        let again = SledStore::check(&path, SledOptions::default(), &WorkMeter::new())?;
        assert_eq!(again, found);
    }
    assert!(SledStore::check(&path, SledOptions::default(), &WorkMeter::new())?.is_sound());
    Ok(())
}
