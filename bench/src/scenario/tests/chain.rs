//! The clock of a chain.

use sempre::{clock::Clock as _, model::limits::CONTINUE_AS_NEW_INTERVAL_MIN};

use crate::scenario::chain::Leaping;

#[test]
fn a_clock_that_leaps_makes_a_run_old_enough_between_two_looks() {
    let clock = Leaping::default();
    clock.begin();
    let (begun, closes) = (clock.read().wall, clock.read().wall);
    assert!(closes.since(begun) >= CONTINUE_AS_NEW_INTERVAL_MIN);
}
