//! An index entry proves that it is what was written under its key.

use crate::{
    model::{ExecutionStatus, RunId},
    storage::{
        RunEntry, StorageErrorKind,
        sled::{entry, key},
    },
};

const RUN: RunId = RunId::from_u128(42);

fn sample() -> RunEntry {
    RunEntry {
        workflow_type: "Fulfilment".into(),
        status: ExecutionStatus::Running,
        ..Default::default()
    }
}

#[test]
fn an_entry_reads_back_the_same() {
    let key = key::open_run(RUN);
    let bytes = entry::encode(&key, &sample());
    assert_eq!(entry::decode(&key, &bytes).unwrap(), sample());
}

#[test]
fn every_damage_is_reported_with_the_run() {
    let key = key::open_run(RUN);
    let bytes = entry::encode(&key, &sample());
    let check = |key: &[u8], bytes: &[u8]| {
        let error = entry::decode(key, bytes).expect_err("damage goes unseen");
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        assert!(error.to_string().contains("run_id="), "{error}");
    };
    for position in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x10;
        check(&key, &damaged);
        check(&key, &bytes[..position]);
    }
    check(&key::open_run(RunId::from_u128(43)), &bytes);
    check(&key::closed_run(RUN), &bytes);
}
