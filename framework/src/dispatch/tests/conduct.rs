//! An activity type is trusted once it has been quick often enough, until it blocks.

use std::time::Duration;

use crate::dispatch::conduct::Conduct;

const QUICK: Duration = Duration::from_millis(1);
const SLOW: Duration = Duration::from_millis(6);

fn run(conduct: &Conduct, attempts: u32, polls: &[Duration]) {
    for _ in 0..attempts {
        for lasted in polls {
            conduct.polled(*lasted);
        }
        conduct.ended();
    }
}

#[test]
fn a_type_is_trusted_after_thirty_two_attempts_that_were_quick() {
    let conduct = Conduct::default();
    run(&conduct, 31, &[QUICK, QUICK]);
    assert!(!conduct.is_trusted());
    run(&conduct, 1, &[QUICK]);
    assert!(conduct.is_trusted());
}

#[test]
fn a_poll_that_is_not_quick_begins_the_probation_again() {
    let conduct = Conduct::default();
    run(&conduct, 40, &[QUICK]);
    conduct.polled(SLOW);
    assert!(!conduct.is_trusted());
    run(&conduct, 31, &[QUICK]);
    assert!(!conduct.is_trusted());
    run(&conduct, 1, &[QUICK]);
    assert!(conduct.is_trusted());
}

#[test]
fn a_type_that_has_blocked_a_thread_is_never_trusted_again() {
    let conduct = Conduct::default();
    conduct.blocked();
    run(&conduct, 100, &[QUICK]);
    assert!(!conduct.is_trusted());
}
