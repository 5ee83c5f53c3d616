//! A roster lets every run pass that a filter lets pass, whatever came in and went in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        ExecutionStatus, Namespace, RunId, SearchAttributeValue as Value, Timestamp,
        WorkflowExecution, WorkflowId, WorkflowType,
    },
    storage::{RunDetails, RunEntry},
    visibility::{Filter, Hidden, Roster, Sieve, tests::sample::schema},
};

const RUNS: u32 = 5_000;
const EARLIEST: RunId = RunId::from_u128(0);

const FILTERS: [&str; 41] = [
    "",
    "ExecutionStatus = 'Failed'",
    "ExecutionStatus != 'Failed'",
    "ExecutionStatus IN ('Running', 'Failed') AND WorkflowType = 'Order'",
    "NOT (ExecutionStatus = 'Completed' OR WorkflowType = 'Order')",
    "ExecutionStatus IS NULL",
    "WorkflowType STARTS_WITH 'Re'",
    "WorkflowType != 'Order' AND ExecutionStatus = 'Running'",
    "WorkflowType = 'Unheard'",
    "WorkflowType = 'temporal-sys-scheduler-workflow'",
    "WorkflowId = 'order-17'",
    "WorkflowId = 'or'",
    "WorkflowId != 'order-17'",
    "WorkflowId STARTS_WITH ''",
    "WorkflowId STARTS_WITH 'or'",
    "WorkflowId STARTS_WITH 'order-17'",
    "WorkflowId STARTS_WITH 'order-1734'",
    "WorkflowId NOT STARTS_WITH 'order-1'",
    "WorkflowId IN ('order-3', 'order-4000')",
    "WorkflowId BETWEEN 'order-2' AND 'order-21'",
    "StartTime = '1970-01-01T00:00:01.500Z'",
    "StartTime > '1970-01-01T00:00:04Z'",
    "StartTime <= '1970-01-01T00:00:00.1Z' AND ExecutionStatus = 'Completed'",
    "StartTime BETWEEN '1970-01-01T00:00:02Z' AND '1970-01-01T00:00:02.1Z'",
    "NOT StartTime BETWEEN '1970-01-01T00:00:02Z' AND '1970-01-01T00:00:02.1Z'",
    "StartTime < '1960-01-01T00:00:00Z'",
    "ExecutionTime BETWEEN '1970-01-01T00:00:02Z' AND '1970-01-01T00:00:02.1Z'",
    "ParentWorkflowId = 'order-3'",
    "ParentWorkflowId != 'order-3'",
    "ParentWorkflowId IS NULL AND ExecutionStatus = 'Failed'",
    "ParentWorkflowId STARTS_WITH 'order'",
    "CK = 'k-7'",
    "CK != 'k-7'",
    "CK IN ('k-7', 'k-9') AND ExecutionStatus = 'Failed'",
    "CK STARTS_WITH 'k-1' OR CK = 'k-7'",
    "CK IS NULL",
    "CK IS NOT NULL AND WorkflowType = 'Order'",
    "CKL = 'x'",
    "CKL NOT IN ('x', 'y')",
    "CI > 3 OR WorkflowId = 'order-17'",
    "CT != 'fox'",
];

/// A number that looks like chance, the same every time.
fn drawn(number: u32) -> u32 {
    let mixed = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(mixed >> 40).unwrap()
}

fn entry(number: u32, status: ExecutionStatus) -> RunEntry {
    let drawn = drawn(number);
    let id = WorkflowId::from(format!("order-{number}"));
    let namespace = Namespace::from(if drawn.is_multiple_of(11) {
        "billing"
    } else {
        "default"
    });
    let types = [
        "Order",
        "Refund",
        "Return",
        "temporal-sys-scheduler-workflow",
    ];
    let mut attributes = BTreeMap::new();
    if drawn.is_multiple_of(3) {
        attributes.insert("CK".into(), Value::Keyword(format!("k-{}", drawn % 17)));
    }
    if drawn.is_multiple_of(5) {
        let list = ["x", "y", "z"].into_iter().take(drawn as usize % 4);
        attributes.insert(
            "CKL".into(),
            Value::KeywordList(list.map(str::to_owned).collect()),
        );
    }
    if drawn.is_multiple_of(7) {
        attributes.insert("CI".into(), Value::Int((drawn % 9).into()));
        attributes.insert("CT".into(), Value::Text("the quick fox".into()));
    }
    let parent = drawn.is_multiple_of(4).then(|| WorkflowExecution {
        workflow_id: format!("order-{}", drawn % 6).into(),
        ..WorkflowExecution::default()
    });
    let details = RunDetails {
        search_attributes: attributes,
        parent,
        ..RunDetails::default()
    };
    RunEntry {
        execution: WorkflowExecution {
            workflow_id: id.within(&namespace),
            run_id: RunId::from_u128(u128::from(number) + 1),
        },
        workflow_type: WorkflowType::from(types[drawn as usize % types.len()]),
        status,
        started_at: Timestamp::from_nanos(1 + u64::from(number) * 1_000_000),
        details: (details != RunDetails::default()).then(|| Box::new(details)),
        ..RunEntry::default()
    }
}

/// Runs that came in in a wild order, most of which have closed since, and some of which are gone.
fn world() -> (Roster, Vec<RunEntry>) {
    use ExecutionStatus::{Completed, Failed, Running};
    let mut roster = Roster::default();
    let mut order: Vec<_> = (0..RUNS).collect();
    // Nearly in order at first, and then not at all.
    order[2_000..].sort_by_key(|number| drawn(*number));
    for number in &order {
        roster.insert(&entry(*number, Running));
    }
    let mut left = Vec::new();
    for number in 0..RUNS {
        match drawn(number) % 10 {
            0 => roster.remove(RunId::from_u128(u128::from(number) + 1)),
            1 => left.push(entry(number, Running)),
            2 => left.push(entry(number, Failed)),
            _ => left.push(entry(number, Completed)),
        }
    }
    for entry in &left {
        roster.insert(entry);
    }
    // Of one nothing is known but that it is there.
    let damaged = RunEntry {
        damage: Some("it is".into()),
        execution: left[7].execution.clone(),
        ..RunEntry::default()
    };
    roster.insert(&damaged);
    (roster, left)
}

fn found(roster: &Roster, sieve: &Sieve, hidden: &Hidden, before: Option<RunId>) -> Vec<RunId> {
    let spans = roster.spans(sieve, Some(hidden), EARLIEST, before);
    spans.flat_map(|span| span.runs).collect()
}

#[test]
fn what_passes_a_filter_passes_its_sieve_the_latest_first() {
    let (roster, runs) = world();
    assert_eq!(roster.len(), runs.len());
    for text in FILTERS {
        let filter = Filter::parse(text, &schema()).unwrap();
        let sieve = Sieve::of(&filter);
        for before in [None, Some(RunId::from_u128(2_500)), Some(EARLIEST)] {
            for namespace in ["default", "billing"] {
                let hidden = Hidden::of(text, Namespace::from(namespace));
                let is_before = |run: &RunEntry| before.is_none_or(|it| run.execution.run_id < it);
                let passing = runs
                    .iter()
                    .filter(|run| is_before(run) && !hidden.hides(run) && filter.matches(*run));
                let passing: BTreeSet<_> = passing.map(|run| run.execution.run_id).collect();
                let found = found(&roster, &sieve, &hidden, before);
                assert!(found.is_sorted_by(|one, next| one > next), "{text}");
                let mut found: BTreeSet<_> = found.into_iter().collect();
                assert!(found.is_superset(&passing), "{text}");
                if sieve.is_exact() {
                    found.remove(&runs[7].execution.run_id);
                    assert!(found.is_subset(&passing), "{text}");
                }
            }
        }
    }
}

#[test]
fn runs_are_counted_by_status_where_that_is_known_for_certain() {
    let (mut roster, runs) = world();
    let all = Sieve::of(&Filter::parse("", &schema()).unwrap());
    assert_eq!(roster.count(&all, None), None, "one of them is damaged");
    roster.insert(&runs[7]);
    let mut counted = 0;
    for text in FILTERS {
        let filter = Filter::parse(text, &schema()).unwrap();
        let sieve = Sieve::of(&filter);
        let hidden = Hidden::of(text, Namespace::default());
        let mut counts = BTreeMap::new();
        for run in &runs {
            if !hidden.hides(run) && filter.matches(run) {
                *counts.entry(run.status).or_default() += 1;
            }
        }
        if let Some(known) = roster.count(&sieve, Some(&hidden)) {
            assert_eq!(known, counts, "{text}");
            counted += 1;
        }
    }
    assert_eq!(counted, 27);
}

#[test]
fn what_is_read_backwards_does_not_replace_what_came_meanwhile() {
    let mut roster = Roster::default();
    let closed = entry(1_500, ExecutionStatus::Completed);
    roster.insert(&closed);
    let all = (0..3_000).rev();
    let all: Vec<_> = all
        .map(|number| entry(number, ExecutionStatus::Running))
        .collect();
    for chunk in all.chunks(1_000) {
        roster.insert_missing(chunk.iter());
    }
    assert_eq!(roster.len(), 3_000);
    let sieve = Sieve::of(&Filter::parse("ExecutionStatus = 'Completed'", &schema()).unwrap());
    let spans: Vec<_> = roster.spans(&sieve, None, EARLIEST, None).collect();
    let runs: Vec<_> = spans.iter().flat_map(|span| &span.runs).collect();
    assert_eq!(runs, [&closed.execution.run_id]);
}

#[test]
fn the_earliest_runs_are_forgotten_some_at_a_time() {
    let mut roster = Roster::default();
    for number in 0..2_000 {
        roster.insert(&entry(number, ExecutionStatus::Running));
    }
    let first = roster.forget_earliest().unwrap();
    assert_eq!(first, RunId::from_u128(2_001 - roster.len() as u128));
    while roster.forget_earliest().is_some() {}
    assert_eq!(roster.len(), 0);
    roster.insert(&entry(1, ExecutionStatus::Running));
    assert_eq!(roster.len(), 1);
}
