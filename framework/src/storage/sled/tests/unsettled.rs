//! What is settled, when, in which order, and what of the journal is needed then.

use bytes::Bytes;

use crate::{
    model::{ExecutionStatus, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        CommitPart, IndexChange, RunEntry,
        sled::{
            journal::WrittenEntry,
            unsettled::{LastNumbers, RUN_BYTES_MAX, Settlement, Unsettled},
        },
    },
};

const CAPACITY_BYTES: usize = 32 * RUN_BYTES_MAX;

fn run(id: u128) -> RunId {
    RunId::from_u128(id)
}

fn commit(id: u128, number: u32, bytes: usize) -> CommitPart {
    CommitPart {
        run_id: run(id),
        number: RecordNumber::new(number),
        record: Bytes::from(vec![7; bytes]),
        index: None,
        payloads: Vec::new(),
    }
}

fn entry(id: u128, workflow: &str, status: ExecutionStatus) -> RunEntry {
    RunEntry {
        execution: WorkflowExecution {
            workflow_id: WorkflowId::new(workflow),
            run_id: run(id),
        },
        status,
        ..RunEntry::default()
    }
}

fn opened(id: u128, workflow: &str) -> CommitPart {
    let entry = entry(id, workflow, ExecutionStatus::Running);
    CommitPart {
        index: Some(IndexChange::Opened(Box::new(entry))),
        ..commit(id, 1, 10)
    }
}

fn closed(id: u128, workflow: &str, number: u32) -> CommitPart {
    let entry = entry(id, workflow, ExecutionStatus::Completed);
    CommitPart {
        index: Some(IndexChange::Changed(Box::new(entry))),
        ..commit(id, number, 10)
    }
}

/// Adds commits as the next entry of the journal.
fn add(unsettled: &mut Unsettled, commits: &[CommitPart]) {
    let entry = WrittenEntry {
        sequence: unsettled.last_sequence() + 1,
        bytes: commits.iter().map(|commit| commit.record.len()).sum(),
    };
    let last = commits.iter().map(|commit| (commit.run_id, commit.number));
    let last: LastNumbers = last.collect();
    unsettled.add(entry, commits.iter(), &last);
}

fn runs(settlement: &Settlement) -> Vec<u128> {
    let runs = settlement.runs.iter();
    runs.map(|settled| u128::from_be_bytes(*settled.run_id.as_bytes()))
        .collect()
}

/// The first entry that is needed after a settlement.
fn settle(unsettled: &mut Unsettled, settlement: &Settlement) -> u64 {
    unsettled.settled(settlement);
    unsettled.needed()
}

#[test]
fn nothing_is_due_within_the_bounds() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    assert!(!unsettled.is_due());
    // Fewer than a run may have, and in all as much as there may be.
    let bytes = RUN_BYTES_MAX / 2;
    for id in 1..=(CAPACITY_BYTES / bytes) as u128 {
        add(&mut unsettled, &[commit(id, 1, bytes)]);
    }
    assert!(!unsettled.is_due());
    assert!(unsettled.due().runs.is_empty());
    add(&mut unsettled, &[commit(1, 2, 1)]);
    assert!(unsettled.is_due(), "one byte more than there may be");
    assert!(!unsettled.is_overdue());
}

#[test]
fn the_oldest_settle_until_the_journal_is_short_enough() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    let bytes = RUN_BYTES_MAX / 2;
    let count = (2 * CAPACITY_BYTES / bytes) as u128 + 1;
    for id in (1..=count).rev() {
        add(&mut unsettled, &[commit(id, 1, bytes)]);
    }
    assert!(unsettled.is_overdue());
    let mut order = Vec::new();
    while unsettled.is_due() {
        let settlement = unsettled.due();
        order.extend(runs(&settlement));
        let needed = settle(&mut unsettled, &settlement);
        assert_eq!(needed, order.len() as u64 + 1);
    }
    let expected: Vec<_> = (1..=count).rev().take(order.len()).collect();
    assert_eq!(order, expected);
    let left = count as usize - order.len();
    assert!(left * bytes <= CAPACITY_BYTES);
    assert!((left + 8) * bytes > CAPACITY_BYTES, "no more than had to");
}

#[test]
fn a_full_run_settles_alone_and_others_stay() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    add(&mut unsettled, &[commit(1, 1, 10), commit(2, 1, 10)]);
    add(&mut unsettled, &[commit(2, 2, RUN_BYTES_MAX)]);
    assert!(unsettled.is_due());
    let settlement = unsettled.due();
    assert_eq!(runs(&settlement), [2]);
    assert_eq!(settlement.runs[0].records.len(), 2);
    // The first entry still holds something of run 1.
    assert_eq!(settle(&mut unsettled, &settlement), 1);
    assert!(!unsettled.is_due());
    assert_eq!(
        unsettled.last_number(run(2)),
        None,
        "it has to be looked up"
    );
    assert_eq!(unsettled.last_number(run(1)), Some(RecordNumber::new(1)));
    let rest = unsettled.up_to(unsettled.last_sequence());
    assert_eq!(settle(&mut unsettled, &rest), 3);
}

#[test]
fn what_came_while_a_run_settled_stays_unsettled() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    add(&mut unsettled, &[opened(1, "order")]);
    let settlement = unsettled.up_to(1);
    add(&mut unsettled, &[closed(1, "order", 2)]);
    assert_eq!(settle(&mut unsettled, &settlement), 2);
    let later = unsettled.up_to(2);
    let numbers = later.runs[0].records.iter().map(|record| record.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [RecordNumber::new(2)]);
    let index = later.runs[0].index.as_ref().unwrap();
    assert_eq!(index.entry.status, ExecutionStatus::Completed);
    assert!(!index.is_new, "the settled index knows the run");
    assert_eq!(settle(&mut unsettled, &later), 3);
    assert!(unsettled.up_to(u64::MAX).runs.is_empty());
}

#[test]
fn a_run_that_opened_and_closed_settles_as_a_closed_one() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    add(&mut unsettled, &[opened(1, "order")]);
    add(&mut unsettled, &[closed(1, "order", 2)]);
    let entry = entry(1, "order", ExecutionStatus::Completed);
    assert_eq!(unsettled.run(run(1)), Some(&entry));
    let settlement = unsettled.up_to(2);
    let index = settlement.runs[0].index.clone().unwrap();
    assert_eq!(index.entry, entry);
    assert!(index.is_new);
}

#[test]
fn the_runs_of_an_execution_settle_in_their_order() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    add(&mut unsettled, &[opened(9, "order"), opened(5, "other")]);
    add(&mut unsettled, &[closed(9, "order", 2), opened(7, "order")]);
    add(&mut unsettled, &[closed(7, "order", 2), opened(8, "order")]);
    assert_eq!(
        unsettled.current_run(&WorkflowId::new("order")),
        Some(run(8))
    );
    // It is full, and the others are not.
    add(&mut unsettled, &[commit(8, 2, RUN_BYTES_MAX)]);
    let settlement = unsettled.due();
    assert_eq!(runs(&settlement), [9, 7, 8]);
    assert_eq!(settle(&mut unsettled, &settlement), 1, "of the other one");
    assert_eq!(unsettled.current_run(&WorkflowId::new("order")), None);
    assert_eq!(
        unsettled.current_run(&WorkflowId::new("other")),
        Some(run(5))
    );
}

#[test]
fn settling_up_to_an_entry_leaves_what_came_later() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    for id in 1..=3 {
        add(&mut unsettled, &[commit(id, 1, 10)]);
    }
    let settlement = unsettled.up_to(2);
    assert_eq!(runs(&settlement), [1, 2]);
    settle(&mut unsettled, &settlement);
    assert!(unsettled.up_to(2).runs.is_empty());
    assert_eq!(runs(&unsettled.up_to(3)), [3]);
}

#[test]
fn a_run_that_sleeps_settles_when_the_journal_behind_its_entry_is_too_long() {
    let mut unsettled = Unsettled::new(CAPACITY_BYTES);
    add(&mut unsettled, &[commit(1, 1, 10)]);
    let mut number = 0;
    while unsettled.last_number(run(1)).is_some() {
        number += 1;
        add(&mut unsettled, &[commit(2, number, RUN_BYTES_MAX)]);
        while unsettled.is_due() {
            let settlement = unsettled.due();
            settle(&mut unsettled, &settlement);
        }
        assert!(number as usize * RUN_BYTES_MAX <= 2 * CAPACITY_BYTES);
    }
    assert!(number as usize * RUN_BYTES_MAX >= CAPACITY_BYTES);
}

#[test]
fn a_capacity_may_be_anything() {
    for (capacity, due, overdue) in [
        (0, true, true),
        (6, true, false),
        (usize::MAX, false, false),
    ] {
        let mut unsettled = Unsettled::new(capacity);
        add(&mut unsettled, &[commit(1, 1, 10)]);
        assert_eq!((unsettled.is_due(), unsettled.is_overdue()), (due, overdue));
    }
}
