//! A check finds whatever is not as it was written.

use std::collections::BTreeMap;

use ::sled::Tree;
use tempfile::TempDir;

use super::author::Author;
use crate::storage::{
    Commit, FaultKind, SledOptions, SledStore, StorageErrorKind, StoreCheck, WorkMeter,
    WriteStore as _,
    sled::{check::check_tree, key},
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// An open run, a closed one of the same execution, and another that names payloads.
fn commits() -> Vec<Commit> {
    let [mut one, mut two, mut three] =
        [("a", 1), ("a", 2), ("b", 3)].map(|(id, number)| Author::new(id, number));
    vec![
        one.start(),
        one.signal(100),
        one.end(),
        two.start(),
        two.signal(9_000),
        three.start(),
        three.name(b"content"),
        three.name(b"another"),
    ]
}

type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// All pairs of a store with these runs.
fn pairs() -> Result<Pairs, Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    let store = SledStore::open(folder.path(), SledOptions::default())?;
    store.commit(&commits())?;
    store.settle_everything()?;
    let pairs = store.content().tree().iter();
    let pairs = pairs.map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())));
    Ok(pairs.collect::<Result<_, _>>()?)
}

fn check(tree: &Tree) -> StoreCheck {
    check_tree(tree, &WorkMeter::new()).expect("the tree can be read")
}

/// A tree with these pairs, which lives in memory.
fn tree(pairs: &Pairs) -> Result<::sled::Db, ::sled::Error> {
    let db = ::sled::Config::new().temporary(true).open()?;
    for (key, value) in pairs {
        db.insert(key, value.as_slice())?;
    }
    Ok(db)
}

fn kinds(check: &StoreCheck) -> Vec<FaultKind> {
    check.faults.iter().map(|fault| fault.kind).collect()
}

/// What is said of a store in which the pair with this key is not as it was.
fn fault_of(key: &[u8]) -> Option<FaultKind> {
    match key.first()? {
        b'r' => Some(FaultKind::Record),
        b'c' | b'o' => Some(FaultKind::Index),
        b'w' => Some(FaultKind::LatestRun),
        b'k' | b'n' => Some(FaultKind::PayloadNames),
        _ => None,
    }
}

#[test]
fn a_sound_store_has_no_faults() -> Outcome {
    let tree = tree(&pairs()?)?;
    let check = check(&tree);
    assert!(check.is_sound(), "{check:?}");
    assert_eq!((check.runs, check.open_runs), (3, 2));
    assert_eq!((check.records, check.events), (8, 8));
    assert_eq!(check.named_payloads, 2);
    Ok(())
}

#[test]
fn every_byte_that_is_changed_is_found() -> Outcome {
    let pairs = pairs()?;
    let tree = tree(&pairs)?;
    for (key, value) in &pairs {
        let Some(expected) = fault_of(key) else {
            continue;
        };
        // The bytes of a run id lead to another run, which is there or not.
        for at in (0..value.len()).step_by(value.len() / 97 + 1) {
            let mut changed = value.clone();
            changed[at] ^= 1 << (at % 8);
            tree.insert(key, changed)?;
            let check = check(&tree);
            let found = kinds(&check);
            assert!(
                found.contains(&expected),
                "{} {at} {check:?}",
                key.escape_ascii()
            );
        }
        tree.insert(key, value.as_slice())?;
    }
    assert!(check(&tree).is_sound());
    Ok(())
}

#[test]
fn every_pair_that_is_missing_is_found() -> Outcome {
    let pairs = pairs()?;
    let tree = tree(&pairs)?;
    for (key, value) in &pairs {
        let Some(expected) = fault_of(key) else {
            continue;
        };
        tree.remove(key)?;
        let check = check(&tree);
        assert!(
            kinds(&check).contains(&expected),
            "{} {check:?}",
            key.escape_ascii()
        );
        tree.insert(key, value.as_slice())?;
    }
    Ok(())
}

#[test]
fn what_nobody_has_written_is_found() -> Outcome {
    let pairs = pairs()?;
    let tree = tree(&pairs)?;
    let stranger = Author::new("c", 9).run_id();
    let name = crate::model::ContentKey::of(b"unknown");
    let cases: [(&[u8], FaultKind); 5] = [
        (&key::named(stranger, &name), FaultKind::PayloadNames),
        (&key::namer(&name, stranger), FaultKind::PayloadNames),
        (
            &key::closed_run(Author::new("a", 2).run_id()),
            FaultKind::Index,
        ),
        (b"zebra", FaultKind::UnknownPair),
        (b"k", FaultKind::UnknownPair),
    ];
    for (key, kind) in cases {
        tree.insert(key, &[])?;
        let check = check(&tree);
        assert!(kinds(&check).contains(&kind), "{kind} {check:?}");
        let lines = check.faults.iter().map(ToString::to_string);
        assert!(lines.count() > 0 && !kind.remedy().is_empty());
        tree.remove(key)?;
    }
    Ok(())
}

#[test]
fn a_store_that_somebody_holds_is_not_checked_and_no_store_is_made() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("store");
    let check = || SledStore::check(&path, SledOptions::default(), &WorkMeter::new());
    let error = check().unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Unsupported);
    assert!(!path.exists());
    let store = SledStore::open(&path, SledOptions::default())?;
    store.commit(&commits())?;
    let error = check().unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Locked);
    assert!(error.to_string().contains("pid="), "{error}");
    drop(store);
    assert!(check()?.is_sound());
    Ok(())
}
