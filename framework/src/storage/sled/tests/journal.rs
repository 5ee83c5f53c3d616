//! Entries of the journal give back the parts they were made of, or say that they are damaged.

use bytes::Bytes;

use crate::{
    model::{ExecutionStatus, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{Commit, CommitPart, IndexChange, RunEntry, StorageErrorKind, sled::journal},
};

/// One entry that holds a commit of each part.
fn encode(parts: &[CommitPart]) -> Vec<u8> {
    let commits: Vec<Commit> = parts.iter().cloned().map(Commit::new).collect();
    encode_commits(&commits)
}

fn encode_commits(commits: &[Commit]) -> Vec<u8> {
    let mut entry = b"what was there before".to_vec();
    journal::encode(&mut entry, commits);
    entry
}

fn parts() -> Vec<CommitPart> {
    let (first, second) = (RunId::from_u128(1), RunId::from_u128(u128::MAX));
    let entry = |run_id, status| RunEntry {
        execution: WorkflowExecution {
            workflow_id: WorkflowId::new("order-42"),
            run_id,
        },
        status,
        ..RunEntry::default()
    };
    let part = |run_id, number, record: &'static [u8], index| CommitPart {
        run_id,
        number: RecordNumber::new(number),
        record: Bytes::from_static(record),
        index,
    };
    let opened = IndexChange::Opened(entry(first, ExecutionStatus::Running));
    let closed = IndexChange::Changed(entry(second, ExecutionStatus::Completed));
    vec![
        part(first, 1, b"begins", Some(opened)),
        part(first, 2, b"", None),
        part(second, u32::MAX, b"ends", Some(closed)),
    ]
}

#[test]
fn an_entry_gives_back_its_parts() {
    let entry = encode(&parts());
    assert_eq!(journal::decode(7, entry.into()).unwrap(), parts());
}

#[test]
fn an_entry_that_was_cut_is_reported_or_holds_fewer_parts() {
    let entry = Bytes::from(encode(&parts()));
    let lengths = (0..=3).map(|count| encode(&parts()[..count]).len());
    let lengths: Vec<_> = lengths.collect();
    for end in 0..entry.len() {
        match journal::decode(7, entry.slice(..end)) {
            Ok(found) => assert_eq!(lengths[found.len()], end),
            Err(error) => {
                assert!(!lengths.contains(&end));
                assert_eq!(error.kind(), StorageErrorKind::Corrupt);
                assert!(error.to_string().ends_with("entry=7"), "{error}");
            }
        }
    }
}

#[test]
fn what_is_no_entry_is_reported() {
    let mut unknown_layout = encode(&parts());
    unknown_layout[0] = 9;
    let mut unknown_change = encode(&parts()[1..2]);
    *unknown_change.last_mut().unwrap() = 9;
    let mut damaged_index = encode(&parts()[..1]);
    *damaged_index.last_mut().unwrap() ^= 1;
    let cases = [
        (unknown_layout, "unknown layout version=9"),
        (unknown_change, "journal is damaged: cut short or garbled"),
        (damaged_index, "index entry is damaged: wrong checksum"),
    ];
    for (bytes, says) in cases {
        let error = journal::decode(7, bytes.into()).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        assert!(error.to_string().contains(says), "{error}");
    }
}
