//! Sizes are checked before anything is measured.

use crate::scenario::{Scenario, grouped};

#[test]
fn thousands_are_apart() {
    let texts = [0, 999, 1_000, 51_200, 1_000_000].map(grouped);
    assert_eq!(texts, ["0", "999", "1,000", "51,200", "1,000,000"]);
}

#[test]
fn the_sizes_of_each_scenario_are_allowed() {
    for scenario in Scenario::ALL {
        let plan = scenario.plan();
        assert!(!plan.usual.is_empty());
        for size in [plan.usual, plan.large].concat() {
            assert!(plan.check(size).is_ok(), "{} {size}", plan.name);
        }
    }
}

#[test]
fn a_size_that_no_history_can_hold_is_refused_with_a_remedy() {
    let refused = Scenario::Signals.plan().check(10_001).unwrap_err();
    let text = "signals takes at most 10000 signals: leave 10001 out of --size";
    assert_eq!(refused.to_string(), text);
}
