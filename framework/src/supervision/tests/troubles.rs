//! What is listed for an operator, since when, and what is not.

use crate::{
    machine::execution::{Problem, ProblemKind},
    model::{EventId, RunId, Timestamp, WorkflowExecution},
    supervision::Troubles,
};

fn execution(number: u128) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: format!("order-{number}").into(),
        run_id: RunId::from_u128(number),
    }
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn fails(attempts: u64) -> Problem {
    Problem {
        kind: ProblemKind::ActivityFails {
            scheduled_event_id: EventId::new(5),
            activity_type: "charge".into(),
            activity_id: "1".into(),
        },
        count: attempts,
        cause: "card declined".into(),
    }
}

/// The list as ids, seconds and problems.
fn listed(troubles: &Troubles) -> Vec<(String, u64, String)> {
    let found = troubles.needing_attention().into_iter();
    let line = |it: crate::supervision::RunProblem| {
        let id = it.execution.workflow_id.to_string();
        (
            id,
            it.since.as_nanos() / 1_000_000_000,
            it.problem.to_string(),
        )
    };
    found.map(line).collect()
}

#[test]
fn a_problem_is_listed_since_it_was_first_seen_until_it_is_over() {
    let troubles = Troubles::default();
    let quarantined = Problem::quarantined("it broke");
    troubles.update(&execution(2), &"Order".into(), &[fails(7)], at(20));
    troubles.add(&execution(1), &"Order".into(), &quarantined, at(10));
    troubles.add(&execution(2), &"Order".into(), &quarantined, at(30));
    let failing = "activity attempts fail activity_type=charge activity_id=1";
    let all = listed(&troubles);
    assert_eq!(
        all[0],
        ("order-1".into(), 10, "quarantined: it broke".into())
    );
    assert_eq!((all[1].0.as_str(), all[1].1), ("order-2", 20));
    assert!(all[1].2.starts_with(failing), "{all:?}");
    assert_eq!(
        all[2],
        ("order-2".into(), 30, "quarantined: it broke".into())
    );

    // The same problem goes on; another cause does not make it a new one.
    troubles.update(
        &execution(2),
        &"Order".into(),
        &[fails(8), quarantined],
        at(40),
    );
    assert_eq!(listed(&troubles)[1].1, 20);
    troubles.remove(RunId::from_u128(2), &ProblemKind::Quarantined);
    assert_eq!(listed(&troubles).len(), 2);
    troubles.update(&execution(2), &"Order".into(), &[], at(50));
    troubles.forget(RunId::from_u128(1));
    assert_eq!(listed(&troubles), []);
}

#[test]
fn an_activity_that_fails_needs_attention_from_its_fifth_failure_on() {
    let troubles = Troubles::default();
    for (attempts, is_listed) in [(1, false), (4, false), (5, true), (4_000, true)] {
        troubles.update(
            &execution(1),
            &"Order".into(),
            &[fails(attempts)],
            at(attempts),
        );
        let listed = listed(&troubles);
        assert_eq!(!listed.is_empty(), is_listed, "{attempts}");
        // It is one problem all along.
        assert!(listed.iter().all(|(_, since, _)| *since == 1));
    }
}

#[test]
fn a_cause_that_is_long_is_cut_between_two_characters() {
    let troubles = Troubles::default();
    let problem = Problem::quarantined("ä".repeat(2_000) + "x");
    troubles.add(&execution(1), &"Order".into(), &problem, at(1));
    let found = troubles.needing_attention();
    assert_eq!(found[0].problem.cause, "ä".repeat(512) + "…");
}

#[test]
fn no_more_than_a_bounded_number_of_runs_is_kept_and_the_oldest_goes() {
    let troubles = Troubles::default();
    let problem = Problem::quarantined("it broke");
    for number in 1..=65_537 {
        troubles.add(&execution(number), &"Order".into(), &problem, at(1));
    }
    let found = troubles.needing_attention();
    assert_eq!(found.len(), 65_536);
    assert!(
        found
            .iter()
            .all(|it| it.execution.run_id != RunId::from_u128(1))
    );
}
