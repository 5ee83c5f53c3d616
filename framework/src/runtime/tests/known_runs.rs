//! The roster of an engine has every run, whatever is committed while it is made.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    model::{ExecutionStatus, RecordNumber, RunId, Timestamp, WorkflowExecution},
    runtime::known_runs::{KnownRuns, NotedStore},
    storage::{
        Commit, CommitPart, IndexChange, MemoryStore, ReadStore as _, RunEntry, Store,
        WriteStore as _,
    },
    visibility::{Filter, Schema, Sieve},
};

fn entry(number: u128, status: ExecutionStatus) -> Box<RunEntry> {
    Box::new(RunEntry {
        execution: WorkflowExecution {
            workflow_id: format!("run-{number}").into(),
            run_id: RunId::from_u128(number),
        },
        workflow_type: "Order".into(),
        started_at: Timestamp::from_nanos(1),
        status,
        ..RunEntry::default()
    })
}

fn commit(run: u128, record: u32, index: IndexChange) -> Commit {
    Commit::new(CommitPart {
        run_id: RunId::from_u128(run),
        number: RecordNumber::new(record),
        record: Bytes::from_static(b"record"),
        index: Some(index),
        payloads: Vec::new(),
    })
}

fn opened(run: u128) -> Commit {
    commit(
        run,
        1,
        IndexChange::Opened(entry(run, ExecutionStatus::Running)),
    )
}

fn closed(run: u128) -> Commit {
    commit(
        run,
        2,
        IndexChange::Changed(entry(run, ExecutionStatus::Completed)),
    )
}

fn deleted(run: u128) -> Commit {
    let execution = entry(run, ExecutionStatus::Completed).execution;
    commit(run, 0, IndexChange::Deleted(execution))
}

fn world(max_runs: usize) -> (Arc<KnownRuns>, NotedStore) {
    let known = Arc::new(KnownRuns::with(max_runs));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    (Arc::clone(&known), NotedStore::new(store, known))
}

/// The runs that are known to be open, and those that are known to have closed.
fn counts(known: &KnownRuns) -> Option<(u64, u64)> {
    let known = known.known()?;
    let filter = Filter::parse("", &Schema::system()).ok()?;
    let counts = known.roster.count(&Sieve::of(&filter), None)?;
    let of = |status| counts.get(&status).copied().unwrap_or_default();
    Some((of(ExecutionStatus::Running), of(ExecutionStatus::Completed)))
}

#[test]
fn nothing_is_kept_before_somebody_asks() {
    let (known, store) = world(100);
    store.commit(&[opened(1)]).unwrap();
    assert_eq!(counts(&known), None);
    assert_eq!(known.read_more(&store).unwrap(), None);
}

#[test]
fn what_is_committed_while_it_is_read_counts_and_what_was_read_before_does_not() {
    let (known, store) = world(100);
    store.commit(&[opened(1), opened(2), opened(3)]).unwrap();
    known.begin();
    let read = store.runs(None, 10).unwrap();
    store.commit(&[closed(1), opened(4)]).unwrap();
    store.commit(&[closed(2)]).unwrap();
    store.commit(&[deleted(2)]).unwrap();
    known.take_in(&read);
    assert_eq!(counts(&known), Some((2, 1)));
    assert!(known.known().unwrap().is_all());
    store.commit(&[closed(3)]).unwrap();
    store.commit(&[deleted(1)]).unwrap();
    assert_eq!(counts(&known), Some((1, 1)));
}

#[test]
fn it_is_made_a_chunk_at_a_time_from_the_latest_run_backwards() {
    let (known, store) = world(10_000);
    let all: Vec<_> = (1..=2_500).map(opened).collect();
    store.commit(&all).unwrap();
    known.begin();
    let mut floors = Vec::new();
    while known.read_more(&store).unwrap().is_some() {
        floors.push(known.known().unwrap().floor);
    }
    assert_eq!(floors, [1_477, 453, 0].map(RunId::from_u128));
    assert_eq!(counts(&known), Some((2_500, 0)));
}

#[test]
fn what_is_too_much_is_left_to_the_store() {
    let (known, store) = world(2_000);
    let all: Vec<_> = (1..=4_000).map(opened).collect();
    store.commit(&all).unwrap();
    known.begin();
    while known.read_more(&store).unwrap().is_some() {}
    let made = known.known().unwrap();
    assert_eq!(
        (made.roster.len(), made.floor),
        (2_048, RunId::from_u128(1_953))
    );
    assert!(!made.is_all());
    // The next run is one too many, and an early one is none of its business.
    store.commit(&[opened(4_001), closed(7)]).unwrap();
    let later = known.known().unwrap();
    assert_eq!(
        (later.roster.len(), later.floor),
        (1_025, RunId::from_u128(2_977))
    );
}

#[test]
fn what_is_known_of_early_runs_does_not_make_more_of_the_rest() {
    let (known, store) = world(2_000);
    let all: Vec<_> = (1..=6_000).map(opened).collect();
    store.commit(&all).unwrap();
    known.begin();
    // So many early ones change while it is made that they fill blocks of their own.
    let early: Vec<_> = (1..=3_000).map(closed).collect();
    store.commit(&early).unwrap();
    while known.read_more(&store).unwrap().is_some() {}
    let floor = known.known().unwrap().floor;
    assert!(floor > RunId::from_u128(3_000), "{floor:?}");
    store.commit(&[opened(6_001)]).unwrap();
    assert_eq!(known.known().unwrap().floor, floor);
}
