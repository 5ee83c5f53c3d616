//! Pages of results, of what several runs of a job hold.

use std::collections::BTreeMap;

use super::ledger;
use crate::{
    bulk::{
        BulkOutcome,
        ledger::{Ledger, Part},
        record::Recorded,
        results::Wanted,
        verdict::RunProblem,
    },
    model::{RunId, WorkflowExecution, WorkflowId},
};

fn run(number: u64) -> RunId {
    RunId::from_u128(u128::from(number))
}

/// A job of three runs: two have found 150 runs, and the last two have tried 120 of them, one of which is
/// to be tried again.
fn job() -> (Ledger, BTreeMap<RunId, Recorded>) {
    let mut job = ledger(100);
    let part = |run_id, found_from, tried_from, left: &[u64]| Part {
        run_id: run(run_id),
        found_from,
        tried_from,
        left: left.to_vec(),
    };
    job.parts = vec![
        part(1, 0, 0, &[]),
        part(2, 90, 0, &[]),
        part(3, 150, 60, &[7]),
    ];
    (job.matched, job.next, job.left) = (150, 120, vec![119]);
    let found = |from: u64, until: u64| {
        let numbers = (from..until).map(|it| (WorkflowId::from(format!("order-{it}")), run(it)));
        numbers.collect::<Vec<_>>()
    };
    let problem = |number, is_skipped| RunProblem {
        number,
        execution: WorkflowExecution::default(),
        is_skipped,
        cause: "no".to_owned(),
    };
    let recorded = |found, problems| Recorded {
        ledger: job.clone(),
        found,
        problems,
    };
    let all = [
        (run(1), recorded(found(0, 90), vec![])),
        (run(2), recorded(found(90, 150), vec![problem(3, true)])),
        (
            run(3),
            recorded(vec![], vec![problem(7, false), problem(101, false)]),
        ),
    ];
    (job, all.into())
}

#[test]
fn each_run_has_its_outcome_wherever_it_was_found_and_tried() {
    let (job, recorded) = job();
    let page = |page| {
        let wanted = Wanted::of(&job, page);
        let parts: Vec<_> = wanted.parts.keys().copied().collect();
        let held = recorded.clone().into_iter();
        let held = held.filter(|(run_id, _)| parts.contains(run_id)).collect();
        let results = wanted.results(&job, &held);
        (
            parts,
            results.unwrap_or_else(|error| unreachable!("{error}")),
        )
    };
    let (parts, first) = page(0);
    assert_eq!(parts, [run(1), run(2), run(3)]);
    assert_eq!((first.results.len(), first.next), (100, Some(1)));
    for (number, result) in first.results.iter().enumerate() {
        let id = format!("order-{number}");
        assert_eq!(result.execution.workflow_id.as_str(), id);
        let expected = match number {
            3 => BulkOutcome::Skipped {
                reason: "no".to_owned(),
            },
            7 => BulkOutcome::Failed {
                error: "no".to_owned(),
            },
            _ => BulkOutcome::Done,
        };
        assert_eq!(result.outcome, expected, "{id}");
    }
    let (parts, second) = page(1);
    assert_eq!(parts, [run(2), run(3)]);
    assert_eq!((second.results.len(), second.next), (50, None));
    let outcomes = second.results.iter().map(|it| &it.outcome);
    let waiting = outcomes.clone().filter(|it| **it == BulkOutcome::Waiting);
    assert_eq!(
        waiting.count(),
        31,
        "30 that were not tried, and one to be tried again"
    );
    let failed = outcomes.filter(|it| matches!(it, BulkOutcome::Failed { .. }));
    assert_eq!(failed.count(), 1);
    assert_eq!(page(2).1.results, []);
    assert_eq!(page(u64::MAX).1.results, []);
}

#[test]
fn what_is_not_kept_any_longer_is_said_so() {
    let (job, mut recorded) = job();
    recorded.remove(&run(1));
    let refused = Wanted::of(&job, 0).results(&job, &recorded);
    assert!(refused.is_err_and(|error| error.to_string().contains("not kept any longer")));
}
