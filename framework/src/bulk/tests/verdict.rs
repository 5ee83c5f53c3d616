//! What refusals mean.

use std::time::Duration;

use crate::{
    bulk::{
        BulkOperation,
        verdict::{HeldUp, Verdict},
    },
    client::{Outage, Refusal},
    machine::execution::Rejection,
    model::{ExecutionStatus, RunId},
};

/// What a verdict is, without what it says.
fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "done",
        Verdict::Skipped(_) => "skipped",
        Verdict::Failed(_) => "failed",
        Verdict::Again(HeldUp { is_busy: true, .. }) => "busy",
        Verdict::Again(_) => "again",
    }
}

#[test]
fn each_refusal_has_a_meaning() {
    let status = ExecutionStatus::Completed;
    let run_id = RunId::from_u128(7);
    let not_found = || Refusal::NotFound {
        workflow_id: "order".into(),
    };
    let cases = [
        (BulkOperation::Cancel, not_found(), "skipped"),
        (BulkOperation::Delete, not_found(), "done"),
        (
            BulkOperation::Delete,
            Refusal::StillOpen { run_id },
            "again",
        ),
        (
            BulkOperation::Terminate,
            Rejection::AlreadyClosed { status }.into(),
            "skipped",
        ),
        (
            BulkOperation::Pause,
            Rejection::AlreadyPaused.into(),
            "skipped",
        ),
        (
            BulkOperation::Pause,
            Rejection::TooManySignals { limit: 7 }.into(),
            "failed",
        ),
        (
            BulkOperation::Pause,
            Refusal::Followed { run_id },
            "skipped",
        ),
        (
            BulkOperation::Pause,
            Refusal::Unavailable(Outage::Dropped),
            "again",
        ),
        (
            BulkOperation::Pause,
            Refusal::Unknown(Outage::Dropped),
            "again",
        ),
        (
            BulkOperation::Pause,
            Refusal::Busy {
                retry_after: Duration::from_secs(2),
            },
            "busy",
        ),
        (
            BulkOperation::Pause,
            Refusal::Quarantined {
                cause: "it broke".to_owned(),
            },
            "failed",
        ),
    ];
    for (operation, refusal, expected) in cases {
        let said = format!("{operation:?} {refusal:?}");
        let verdict = Verdict::of::<()>(&operation, Err(refusal));
        assert_eq!(kind(&verdict), expected, "{said}");
    }
    assert_eq!(Verdict::of(&BulkOperation::Pause, Ok(())), Verdict::Done);
}

#[test]
fn what_is_said_about_a_run_is_bounded() {
    let cause = "ü".repeat(500);
    let refusal = Refusal::Damaged { cause };
    let Verdict::Failed(said) = Verdict::of::<()>(&BulkOperation::Pause, Err(refusal)) else {
        unreachable!("it has failed");
    };
    assert!(said.len() <= 303 && said.ends_with('…'));
}
