//! A memory store has one owner at a time, and what it holds outlives it.

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, MemoryDisk, MemoryStore, ReadStore, StorageError, StorageErrorKind,
        WriteStore,
    },
};

const RUN: RunId = RunId::from_u128(1);

fn commit(number: u32) -> Commit {
    CommitPart {
        run_id: RUN,
        number: RecordNumber::new(number),
        record: "record".into(),
        index: None,
        payloads: Vec::new(),
    }
    .into()
}

fn count(store: &MemoryStore) -> Result<usize, StorageError> {
    Ok(store.records(RUN, RecordNumber::new(1), 10)?.len())
}

#[test]
fn clones_are_one_store() -> Result<(), StorageError> {
    let store = MemoryStore::new();
    let clone = store.clone();
    store.commit(&[commit(1)])?;
    assert_eq!(count(&clone)?, 1);
    Ok(())
}

#[test]
fn a_disk_has_no_second_owner_until_every_clone_of_the_first_is_dropped() -> Result<(), StorageError>
{
    let store = MemoryStore::new();
    let disk = store.disk().clone();
    let clone = store.clone();
    store.commit(&[commit(1)])?;
    drop(store);
    let refused = MemoryStore::open(&disk).unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::Locked);
    drop(clone);
    assert_eq!(count(&MemoryStore::open(&disk)?)?, 1);
    Ok(())
}

#[test]
fn a_copy_of_a_disk_goes_its_own_way() -> Result<(), StorageError> {
    let disk = MemoryDisk::new();
    let store = MemoryStore::open(&disk)?;
    store.commit(&[commit(1)])?;
    let copy = MemoryStore::open(&disk.copy())?;
    store.commit(&[commit(2)])?;
    assert_eq!((count(&store)?, count(&copy)?), (2, 1));
    Ok(())
}
