//! The runs that were written lately are known, and the others are asked for.

use std::cell::Cell;

use crate::{
    model::{RecordNumber, RunId},
    storage::{StorageError, StorageErrorKind, sled::recent::RecentRuns},
};

fn run(number: u128) -> RunId {
    RunId::from_u128(number)
}

#[test]
fn a_run_that_was_written_lately_is_known() -> Result<(), StorageError> {
    let recent = RecentRuns::default();
    let looked = Cell::new(0);
    let last_record = |id| {
        recent.last_record(id, || {
            looked.set(looked.get() + 1);
            Ok(RecordNumber::new(7))
        })
    };
    assert_eq!(last_record(run(1))?, RecordNumber::new(7));
    recent.note(run(1), RecordNumber::new(8));
    // Far more runs than are remembered, and the first one again and again.
    for other in 2..100_000 {
        recent.note(run(other), RecordNumber::new(1));
        let last = last_record(run(1))?;
        assert_eq!(last, RecordNumber::new(8));
        recent.note(run(1), last);
    }
    assert_eq!(looked.get(), 1, "known once it was written");
    assert_eq!(last_record(run(2))?, RecordNumber::new(7), "forgotten");
    Ok(())
}

#[test]
fn what_looking_says_is_passed_on() {
    let recent = RecentRuns::default();
    let failed = || Err(StorageError::new(StorageErrorKind::Unavailable, "no disk"));
    let error = recent.last_record(run(1), failed).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Unavailable);
}
