//! What a job does next, step by step.

use std::time::Duration;

use super::ledger;
use crate::{
    bulk::{
        ledger::{ActRequest, Ledger, Steering, Step, Which},
        record::{Acted, Found},
        verdict::{HeldUp, RunProblem},
    },
    model::{Identity, RunId, Timestamp, WorkflowExecution, WorkflowId},
};

const SECOND: Duration = Duration::from_secs(1);

fn at(millis: u64) -> Timestamp {
    Timestamp::from_secs(1_000).after(Duration::from_millis(millis))
}

fn run(number: u128) -> RunId {
    RunId::from_u128(number)
}

/// So many runs, the next page before the last of them if there is one.
fn found(count: u64, next: Option<u128>) -> Found {
    let runs = (0..count).map(|number| {
        let workflow_id = WorkflowId::from(format!("order-{number}"));
        (workflow_id, run(u128::from(number)))
    });
    Found {
        runs: runs.collect(),
        next: next.map(run),
    }
}

/// All of a request is done.
fn done(request: &ActRequest) -> Acted {
    let tried = match &request.which {
        Which::Range(first, end) => end - first,
        Which::Again(numbers) => numbers.len() as u64,
    };
    Acted {
        tried,
        done: tried,
        problems: Vec::new(),
        left: Vec::new(),
        held_up: None,
    }
}

fn opened(rate: u32, count: u64) -> Ledger {
    let mut ledger = ledger(rate);
    ledger.open(at(0), run(7));
    assert!(
        matches!(ledger.next_step(at(0)), Step::Find(it) if it.before == run(7).next_millisecond())
    );
    ledger.take_found(&found(count, None));
    ledger
}

fn act(ledger: &mut Ledger, now: Timestamp) -> ActRequest {
    match ledger.next_step(now) {
        Step::Act(request) => request,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn all_runs_are_found_before_the_first_is_acted_on() {
    let mut ledger = ledger(100);
    ledger.open(at(0), run(7));
    for page in 1..=3 {
        let Step::Find(request) = ledger.next_step(at(0)) else {
            unreachable!("there are further ones");
        };
        let before = if page == 1 {
            run(7).next_millisecond()
        } else {
            run(10 - page)
        };
        assert_eq!(request.before, before);
        let next = (page < 3).then_some(9 - page);
        ledger.take_found(&found(1_000, next));
    }
    assert_eq!(ledger.matched, 3_000);
    assert_eq!(act(&mut ledger, at(0)).which, Which::Range(0, 100));
}

#[test]
fn runs_are_acted_on_no_faster_than_the_rate_allows() {
    // (rate, runs at once, the wait behind them)
    let cases = [
        (1, 1, SECOND),
        (7, 7, SECOND),
        (100, 100, SECOND),
        (500, 500, SECOND),
        (1_000, 500, SECOND / 2),
        (10_000, 500, SECOND / 20),
    ];
    for (rate, batch, pause) in cases {
        let mut ledger = opened(rate, 2_000);
        let request = act(&mut ledger, at(0));
        assert_eq!(request.which, Which::Range(0, batch), "rate={rate}");
        ledger.take_acted(&request, done(&request), at(10));
        let until = at(0).after(pause);
        assert_eq!(
            ledger.next_step(at(10)),
            Step::Wait(Some(until)),
            "rate={rate}"
        );
        let request = act(&mut ledger, until);
        assert_eq!(request.which, Which::Range(batch, 2 * batch), "rate={rate}");
    }
}

#[test]
fn a_job_ends_when_its_last_run_was_tried() {
    let mut ledger = opened(100, 150);
    let first = act(&mut ledger, at(0));
    ledger.take_acted(&first, done(&first), at(0));
    let second = act(&mut ledger, at(1_000));
    assert_eq!(second.which, Which::Range(100, 150));
    ledger.take_acted(&second, done(&second), at(1_000));
    assert_eq!(ledger.next_step(at(1_000)), Step::End);
    assert_eq!(ledger.counts.done, 150);
    assert_eq!(opened(100, 0).next_step(at(0)), Step::End);
}

#[test]
fn a_run_that_has_no_answer_is_tried_again_before_others_and_fails_in_the_end() {
    let mut ledger = opened(100, 10);
    let held_up = |is_busy| {
        Some(HeldUp {
            cause: "no answer".to_owned(),
            is_busy,
            wait_millis: 0,
        })
    };
    let mut request = act(&mut ledger, at(0));
    let mut now = at(0);
    for (tries, wait) in [1_000, 2_000, 4_000, 8_000, 16_000].into_iter().enumerate() {
        assert!(!request.is_last_try, "tries={tries}");
        let tried = Acted {
            tried: if tries == 0 { 4 } else { 1 },
            done: if tries == 0 { 3 } else { 0 },
            problems: Vec::new(),
            left: vec![3],
            held_up: held_up(false),
        };
        ledger.take_acted(&request, tried, now);
        let until = now.after(Duration::from_millis(wait));
        assert_eq!(
            ledger.next_step(now),
            Step::Wait(Some(until)),
            "tries={tries}"
        );
        assert_eq!(ledger.held_up.as_deref(), Some("no answer"));
        now = until;
        request = act(&mut ledger, now);
        assert_eq!(request.which, Which::Again(vec![3]));
    }
    assert!(request.is_last_try);
    let problem = RunProblem {
        number: 3,
        execution: WorkflowExecution::default(),
        is_skipped: false,
        cause: "no answer".to_owned(),
    };
    let failed = Acted {
        tried: 1,
        done: 0,
        problems: vec![problem],
        left: Vec::new(),
        held_up: None,
    };
    ledger.take_acted(&request, failed, now);
    assert_eq!((ledger.counts.failed, ledger.held_up.clone()), (1, None));
    let rest = act(&mut ledger, now.after(SECOND));
    assert_eq!(rest.which, Which::Range(4, 10));
    assert!(!rest.is_last_try);
}

#[test]
fn an_engine_that_is_busy_is_waited_for_as_long_as_it_takes() {
    let mut ledger = opened(100, 10);
    let mut now = at(0);
    let mut request = act(&mut ledger, now);
    for refusals in 0..50 {
        assert!(!request.is_last_try, "refusals={refusals}");
        let refused = Acted {
            tried: 1,
            done: 0,
            problems: Vec::new(),
            left: vec![0],
            held_up: Some(HeldUp {
                cause: "busy".to_owned(),
                is_busy: true,
                wait_millis: 100,
            }),
        };
        ledger.take_acted(&request, refused, now);
        let Step::Wait(Some(until)) = ledger.next_step(now) else {
            unreachable!("it waits");
        };
        assert!(until.since(now) >= SECOND && until.since(now) <= 30 * SECOND);
        now = until;
        request = act(&mut ledger, now);
    }
    ledger.take_acted(&request, done(&request), now);
    assert_eq!(ledger.counts.done, 1);
}

#[test]
fn what_is_found_by_several_runs_of_a_job_is_looked_for_where_it_was_found() {
    let mut ledger = ledger(500);
    ledger.open(at(0), run(70));
    for _ in 0..10 {
        assert!(matches!(ledger.next_step(at(0)), Step::Find(_)));
        ledger.take_found(&found(1_000, Some(5)));
    }
    assert_eq!(ledger.next_step(at(0)), Step::GoOn);
    ledger.open(at(0), run(71));
    assert!(matches!(ledger.next_step(at(0)), Step::Find(_)));
    ledger.take_found(&found(200, None));
    ledger.next = 9_900;
    let request = act(&mut ledger, at(0));
    assert_eq!((request.part, request.found_from), (run(70), 0));
    assert_eq!(
        request.which,
        Which::Range(9_900, 10_000),
        "no further than the part"
    );
    ledger.take_acted(&request, done(&request), at(0));
    ledger.open(at(0), run(72));
    let request = act(&mut ledger, at(2_000));
    assert_eq!((request.part, request.found_from), (run(71), 10_000));
    assert_eq!(request.which, Which::Range(10_000, 10_200));
}

#[test]
fn a_job_is_about_a_million_runs_at_most() {
    let mut ledger = ledger(100);
    ledger.open(at(0), run(7));
    ledger.matched = 1_000_001;
    let said = "more runs pass the filter than a job acts on max=1000000".to_owned();
    assert_eq!(ledger.next_step(at(0)), Step::Fail(said));
}

#[test]
fn a_job_that_is_held_back_waits_and_the_first_reason_stays() {
    let mut ledger = opened(100, 10);
    let pause = |reason: &str| Steering::Pause {
        reason: reason.to_owned(),
        identity: Identity::new("ada"),
    };
    ledger.steer(pause("lunch"), at(0));
    ledger.steer(pause("another reason"), at(1));
    assert_eq!(ledger.next_step(at(2)), Step::Wait(None));
    let kept = ledger.pause.clone();
    assert!(kept.is_some_and(|it| it.reason == "lunch" && it.at == at(0)));
    ledger.steer(Steering::Resume, at(3));
    assert_eq!(act(&mut ledger, at(3)).which, Which::Range(0, 10));
}

#[test]
fn the_first_ten_failures_are_kept_at_hand() {
    let mut ledger = opened(500, 20);
    let request = act(&mut ledger, at(0));
    let problem = |number| RunProblem {
        number,
        execution: WorkflowExecution::default(),
        is_skipped: number % 5 == 0,
        cause: "no".to_owned(),
    };
    let acted = Acted {
        tried: 20,
        done: 0,
        problems: (0..20).map(problem).collect(),
        left: Vec::new(),
        held_up: None,
    };
    ledger.take_acted(&request, acted, at(0));
    assert_eq!((ledger.counts.skipped, ledger.counts.failed), (4, 16));
    let kept: Vec<u64> = ledger.failures.iter().map(|it| it.number).collect();
    assert_eq!(kept, [1, 2, 3, 4, 6, 7, 8, 9, 11, 12]);
}
