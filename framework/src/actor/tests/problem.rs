//! What is told of problems, from one look at a run to the next.

use crate::{
    actor::problem::{News, ToldProblems},
    machine::execution::{Problem, ProblemKind},
    model::RunId,
};

const RUN: RunId = RunId::from_u128(1);

fn problem(kind: ProblemKind, count: u64, cause: &str) -> Problem {
    Problem {
        kind,
        count,
        cause: cause.into(),
    }
}

#[test]
fn each_problem_is_told_when_it_appears_changes_and_goes() {
    use ProblemKind::{Quarantined, WorkflowTaskFails};
    let first = problem(WorkflowTaskFails, 1, "panicked");
    let second = problem(WorkflowTaskFails, 2, "panicked");
    let other = problem(WorkflowTaskFails, 3, "diverged");
    let aside = problem(Quarantined, 0, "broke");
    let appeared = |problem: &Problem| News::Appeared(problem.clone());
    let table = [
        (vec![], vec![]),
        (vec![first.clone()], vec![appeared(&first)]),
        (vec![first.clone()], vec![]),
        (vec![second.clone()], vec![News::Again(second)]),
        (vec![other.clone()], vec![appeared(&other)]),
        (vec![other.clone(), aside.clone()], vec![appeared(&aside)]),
        (vec![aside], vec![News::Gone(WorkflowTaskFails)]),
        (vec![], vec![News::Gone(Quarantined)]),
        (vec![], vec![]),
    ];
    let mut told = ToldProblems::default();
    for (problems, news) in table {
        assert_eq!(told.update(RUN, problems.clone()), news);
        assert_eq!(told.is_known(RUN), !problems.is_empty());
    }
}

#[test]
fn one_problem_can_be_told_and_taken_back_by_itself() {
    let aside = problem(ProblemKind::Quarantined, 0, "broke");
    let mut told = ToldProblems::default();
    assert!(!told.remove(RUN, &aside.kind));
    assert!(told.add(RUN, &aside));
    assert!(!told.add(RUN, &aside));
    assert_eq!(told.update(RUN, vec![aside.clone()]), []);
    assert!(told.remove(RUN, &aside.kind));
    assert!(!told.is_known(RUN));
}

#[test]
fn the_runs_that_are_remembered_are_bounded() {
    let aside = problem(ProblemKind::Quarantined, 0, "broke");
    let mut told = ToldProblems::default();
    for number in 0..70_000 {
        told.update(RunId::from_u128(number), vec![aside.clone()]);
    }
    assert!(!told.is_known(RunId::from_u128(0)));
    assert!(told.is_known(RunId::from_u128(69_999)));
}
