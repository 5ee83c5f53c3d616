//! Heartbeats are thinned out; the latest report wins.

use std::time::Duration;

use crate::{
    clock::MonotonicTime,
    dispatch::heartbeat::{Throttle, Throttled, interval},
    model::Payloads,
};

fn details(number: u32) -> Payloads {
    Payloads::encode(&number).unwrap()
}

#[test]
fn the_interval_is_four_fifths_of_the_timeout_and_a_minute_at_most() {
    let secs = Duration::from_secs;
    assert_eq!(interval(Some(secs(10))), secs(8));
    assert_eq!(interval(Some(secs(3_600))), secs(60));
    assert_eq!(interval(None), secs(30));
}

#[test]
fn reports_within_the_interval_are_held_back_and_the_latest_is_kept() {
    let (mut throttle, every) = (Throttle::default(), Duration::from_secs(8));
    let at = |secs| MonotonicTime::default().after(Duration::from_secs(secs));
    assert_eq!(
        throttle.report(at(100), every, &details(1)),
        Throttled::Send
    );
    let held = Throttled::Hold {
        flush_at: Some(at(108)),
    };
    assert_eq!(throttle.report(at(101), every, &details(2)), held);
    let again = Throttled::Hold { flush_at: None };
    assert_eq!(
        throttle.report(at(102), every, &details(3)),
        again,
        "one flush is planned"
    );
    assert_eq!(throttle.take_held(at(108), every), Some(details(3)));
    assert_eq!(throttle.take_held(at(108), every), None);
    let next = Throttled::Hold {
        flush_at: Some(at(116)),
    };
    assert_eq!(throttle.report(at(109), every, &details(4)), next);
}
