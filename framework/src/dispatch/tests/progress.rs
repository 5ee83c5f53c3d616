//! Reports of progress are thinned out, repeated where they may be lost, and the latest wins.

use std::time::Duration;

use crate::{
    clock::MonotonicTime,
    dispatch::progress::{Next, Reports},
    model::{Payloads, Progress},
};

const LONGEST: Duration = Duration::from_secs(30);

fn at(millis: u64) -> MonotonicTime {
    MonotonicTime::default().after(Duration::from_millis(millis))
}

fn value(value: u32) -> Payloads {
    Payloads::encode(&value).unwrap()
}

fn progress(number: u32, said: u32) -> Progress {
    Progress {
        number,
        value: value(said),
    }
}

#[test]
fn one_report_is_on_its_way_at_a_time_and_the_latest_wins() {
    let mut reports = Reports::new(at(0), LONGEST);
    assert_eq!(reports.report(at(0), value(1)), Next::Send(progress(1, 1)));
    assert_eq!(reports.report(at(500), value(2)), Next::Nothing);
    assert_eq!(reports.report(at(600), value(3)), Next::Nothing);
    assert_eq!(reports.settle(at(700), 1), Next::Send(progress(2, 3)));
    assert_eq!(reports.settle(at(701), 2), Next::Nothing);
    assert_eq!(reports.settle(at(702), 1), Next::Nothing, "it comes late");
}

#[test]
fn from_the_eleventh_on_a_report_waits_for_a_tenth_of_a_second_and_one_look_is_planned() {
    let mut reports = Reports::new(at(0), LONGEST);
    for number in 1..=10 {
        let next = reports.report(at(0), value(number));
        assert_eq!(next, Next::Send(progress(number, number)));
        reports.settle(at(0), number);
    }
    assert_eq!(reports.report(at(10), value(11)), Next::LookAt(at(100)));
    assert_eq!(reports.report(at(20), value(12)), Next::Nothing);
    assert_eq!(reports.repeat(), (None, Some(at(100))));
    assert_eq!(reports.look(at(100)), Next::Send(progress(11, 12)));
    assert_eq!(reports.repeat(), (Some(progress(11, 12)), None));
}

#[test]
fn what_an_attempt_leaves_grows_with_the_logarithm_of_its_time() {
    let mut reports = Reports::new(at(0), LONGEST);
    let (mut count, day) = (0, 24 * 3_600_000);
    let mut next = 0;
    while next < day {
        if let Next::Send(report) = reports.report(at(next), value(0)) {
            count += 1;
            reports.settle(at(next), report.number);
        }
        next += 100;
    }
    // Without the bound that heartbeats set it would be a thousand.
    assert!((2_800..4_000).contains(&count), "{count}");
    let mut reports = Reports::new(at(0), Duration::from_secs(24 * 3_600));
    let mut count = 0;
    for next in (0..day).step_by(100) {
        if let Next::Send(report) = reports.report(at(next), value(0)) {
            count += 1;
            reports.settle(at(next), report.number);
        }
    }
    assert!((900..1_000).contains(&count), "{count}");
}

#[test]
fn the_last_word_is_what_is_held_back_or_on_its_way() {
    let mut reports = Reports::new(at(0), LONGEST);
    assert_eq!(reports.take_last(), None);
    reports.report(at(0), value(1));
    assert_eq!(reports.take_last(), Some(progress(1, 1)));
    reports.report(at(1), value(2));
    assert_eq!(reports.take_last(), Some(progress(2, 2)));
    let mut told = Reports::new(at(0), LONGEST);
    told.report(at(0), value(1));
    told.settle(at(0), 1);
    assert_eq!(told.take_last(), None);
}
