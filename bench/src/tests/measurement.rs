//! Percentiles, quotients and bounds.

use std::time::Duration;

use crate::measurement::{Bound, Figure, Samples};

fn samples(millis: impl IntoIterator<Item = u64>) -> Samples {
    Samples::new(millis.into_iter().map(Duration::from_millis).collect())
}

#[test]
fn a_percentile_is_a_sample_whatever_the_order() {
    let times = samples([5, 1, 4, 2, 3]);
    let of = |share| times.percentile(share).as_millis();
    assert_eq!([of(0.0), of(0.5), of(0.99), of(1.0)], [1, 3, 5, 5]);
    let hundred = samples(1..=101);
    assert_eq!(hundred.percentile(0.99).as_millis(), 100);
    assert_eq!(hundred.max().as_millis(), 101);
}

#[test]
fn nothing_has_no_percentiles_but_zero() {
    assert_eq!(samples([]).percentile(0.5), Duration::ZERO);
}

#[test]
fn a_distribution_begins_with_the_shortest_and_ends_with_the_longest() {
    let distribution = samples([10, 30, 20]).distribution("a step");
    assert_eq!(distribution.percentiles.len(), 101);
    assert_eq!(distribution.percentiles.first(), Some(&0.01));
    assert_eq!(distribution.percentiles.last(), Some(&0.03));
    assert!(distribution.percentiles.is_sorted());
}

#[test]
fn a_rate_of_no_time_is_no_rate() {
    let rates = [4, 0].map(|secs| Some(Figure::rate("r", 10, Duration::from_secs(secs)).value));
    assert_eq!(rates, [Some(2.5), Some(0.0)]);
    let sizes = [4, 0].map(|count| Some(Figure::bytes_each("b", 10, count).value));
    assert_eq!(sizes, [Some(2.5), Some(0.0)]);
}

#[test]
fn a_bound_holds_at_its_edge() {
    assert!(Bound::AtMost(1.5).holds(1.5));
    assert!(!Bound::AtMost(1.5).holds(1.51));
    assert!(Bound::AtLeast(2.0).holds(2.0));
    assert!(!Bound::AtLeast(2.0).holds(1.99));
}
