//! Which closed runs are due when, and how far the index has to be looked through for that.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    actor::expiry::Expiry,
    model::{
        ExecutionStatus, NamespaceRules, Namespaces, RunId, Timestamp, WorkflowExecution,
        WorkflowType,
    },
    storage::RunEntry,
};

/// The id of a run that began at this second.
fn began(secs: u64) -> RunId {
    RunId::from_u128(u128::from(secs * 1_000) << 80)
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn run(workflow_type: &str, began_at: u64, closed_at: u64) -> RunEntry {
    RunEntry {
        execution: WorkflowExecution {
            run_id: began(began_at),
            ..WorkflowExecution::default()
        },
        workflow_type: WorkflowType::new(workflow_type),
        status: ExecutionStatus::Completed,
        closed_at: Some(at(closed_at)),
        ..RunEntry::default()
    }
}

fn keeping(secs: u64) -> NamespaceRules {
    let mut rules = NamespaceRules::default();
    rules.retention.keep_all(Duration::from_secs(secs));
    rules
}

/// Runs are kept for 100 seconds, those of `Long` for 1,000.
fn policy() -> Namespaces {
    let mut rules = keeping(100);
    let long = Duration::from_secs(1_000);
    rules.retention.keep_type("Long".into(), long);
    Namespaces::new(rules, BTreeMap::new())
}

fn expiry() -> Expiry {
    Expiry::new(policy(), at(0))
}

#[test]
fn without_a_time_nothing_is_ever_due_and_nothing_is_looked_at() {
    let mut expiry = Expiry::new(Namespaces::default(), at(0));
    expiry.closed(&run("Short", 1, 2), at(2));
    assert_eq!(expiry.next_at(), None);
    assert_eq!(expiry.look(Timestamp::MAX), None);
}

#[test]
fn the_index_is_looked_through_no_further_than_to_what_can_be_due() {
    let mut expiry = expiry();
    assert_eq!(expiry.look(at(150)), Some(None));
    let found = [
        run("Short", 10, 20),
        run("Short", 40, 90),
        run("Short", 60, 61),
    ];
    expiry.take_in(&found, false, at(150), |_| true);
    // What began at 60 is due at 160 at the earliest, and so is all that follows.
    assert_eq!(expiry.look(at(150)), None);
    assert_eq!(expiry.take_due(at(150), 9), [began(10)]);
    assert_eq!(expiry.next_at(), Some(at(160)));
    assert_eq!(expiry.look(at(160)), Some(Some(began(40))));
    expiry.take_in(&found[2..], true, at(160), |_| true);
    assert_eq!(expiry.next_at(), Some(at(161)));
    assert_eq!(expiry.take_due(at(200), 1), [began(60)]);
    assert_eq!(expiry.take_due(at(200), 1), [began(40)]);
    assert_eq!(expiry.next_at(), None);
}

#[test]
fn a_run_that_closes_is_known_if_the_look_has_passed_it_and_found_later_if_not() {
    let mut expiry = expiry();
    expiry.take_in(&[run("Short", 10, 20)], true, at(130), |_| true);
    expiry.closed(&run("Short", 5, 125), at(125));
    assert_eq!(expiry.take_due(at(300), 9), [began(10), began(5)]);
    assert_eq!(expiry.next_at(), None);
    // What comes soon is kept in mind: it may not be on the disk when it is looked for.
    expiry.closed(&run("Short", 50, 140), at(140));
    assert_eq!(expiry.next_at(), Some(at(240)));
    expiry.closed(&run("Short", 2_050, 160), at(160));
    assert_eq!(expiry.take_due(at(300), 9), [began(50)]);
    assert_eq!(expiry.next_at(), Some(at(2_150)));
    assert_eq!(expiry.look(at(2_150)), Some(Some(began(10))));
}

#[test]
fn runs_that_are_not_ours_or_have_work_or_are_damaged_are_passed() {
    let mut expiry = expiry();
    let mut open = run("Short", 1, 2);
    open.status = ExecutionStatus::Running;
    let mut speaking = run("Short", 2, 3);
    speaking.has_messages = true;
    let mut damaged = run("Short", 3, 4);
    damaged.damage = Some("unreadable".into());
    let found = [
        open,
        speaking,
        damaged,
        run("Theirs", 4, 5),
        run("Short", 5, 6),
    ];
    let is_ours = |entry: &RunEntry| entry.workflow_type.as_str() != "Theirs";
    expiry.take_in(&found, true, at(500), is_ours);
    assert_eq!(expiry.take_due(at(500), 9), [began(5)]);
}

#[test]
fn what_finds_no_room_is_looked_for_again_when_it_is_due() {
    let mut expiry = expiry().max_known(2);
    let found = [
        run("Long", 1, 100),
        run("Short", 2, 103),
        run("Short", 3, 102),
        run("Short", 4, 101),
    ];
    expiry.take_in(&found, true, at(150), |_| true);
    assert_eq!(expiry.take_due(at(202), 9), [began(4), began(3)]);
    // 203 is when the first of the others is due.
    assert_eq!(expiry.next_at(), Some(at(203)));
    assert_eq!(expiry.look(at(203)), Some(None));
    expiry.take_in(&found[..2], true, at(203), |_| true);
    assert_eq!(expiry.take_due(at(203), 9), [began(2)]);
    assert_eq!(expiry.next_at(), Some(at(1_100)));
}

#[test]
fn a_run_that_is_put_back_is_due_when_it_says() {
    let mut expiry = expiry();
    expiry.take_in(&[run("Short", 1, 2)], true, at(150), |_| true);
    let due = expiry.take_due(at(150), 9);
    expiry.put_back(due[0], at(210));
    assert_eq!(expiry.next_at(), Some(at(210)));
    assert_eq!(expiry.take_due(at(209), 9), []);
    assert_eq!(expiry.take_due(at(210), 9), [began(1)]);
}

#[test]
fn a_run_that_is_known_twice_is_due_once() {
    let mut expiry = expiry();
    let run_id = began(1);
    expiry.put_back(run_id, at(200));
    expiry.put_back(run_id, at(210));
    assert_eq!(expiry.take_due(at(300), 9), [run_id]);
}

#[test]
fn each_namespace_has_a_time_of_its_own_and_one_that_is_not_declared_keeps_all() {
    let declared = BTreeMap::from([("brief".into(), keeping(10)), ("long".into(), keeping(500))]);
    let mut expiry = Expiry::new(Namespaces::new(keeping(100), declared), at(0));
    let expires = |expiry: &Expiry, namespace: &str| {
        let mut entry = run("Short", 1, 2);
        let id = entry
            .execution
            .workflow_id
            .clone()
            .within(&namespace.into());
        entry.execution.workflow_id = id;
        expiry.expires_at(&entry)
    };
    assert_eq!(expires(&expiry, "default"), Some(at(102)));
    assert_eq!(expires(&expiry, "brief"), Some(at(12)));
    assert_eq!(expires(&expiry, "long"), Some(at(502)));
    assert_eq!(expires(&expiry, "forgotten"), None);
    // The shortest of them says how far the index is looked through.
    assert_eq!(expiry.look(at(0)), Some(None));
    expiry.take_in(&[run("Short", 5, 6)], true, at(14), |_| true);
    assert_eq!(expiry.next_at(), Some(at(15)));
}
