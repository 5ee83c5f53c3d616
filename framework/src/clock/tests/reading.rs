//! When a deadline has come, as a table.

use std::time::Duration;

use crate::{
    clock::{MonotonicTime, Reading},
    model::Timestamp,
};

fn reading(wall: u64, monotonic: u64) -> Reading {
    Reading {
        wall: Timestamp::from_secs(wall),
        monotonic: MonotonicTime::default().after(Duration::from_secs(monotonic)),
    }
}

#[test]
fn a_deadline_has_come_once_either_value_has_reached_it() {
    let deadline = reading(1_060, 65);
    let table = [
        // Asked for a minute before.
        (reading(1_000, 5), 60),
        (reading(1_059, 64), 1),
        (reading(1_060, 65), 0),
        (reading(9_999, 99), 0),
        // The wall clock was put forward, or the machine slept.
        (reading(1_040, 5), 20),
        (reading(1_060, 5), 0),
        (reading(u64::MAX, 5), 0),
        // The wall clock was put back.
        (reading(970, 35), 30),
        (reading(0, 64), 1),
        (reading(0, 65), 0),
    ];
    for (now, remaining) in table {
        let remaining = Duration::from_secs(remaining);
        assert_eq!(now.remaining(deadline), remaining, "{now:?}");
        assert_eq!(now.has_reached(deadline), remaining.is_zero(), "{now:?}");
    }
}

#[test]
fn a_deadline_of_the_monotonic_clock_comes_by_no_other() {
    let deadline = Reading::monotonic_only(reading(0, 60).monotonic);
    assert!(!reading(1_000_000, 59).has_reached(deadline));
    assert!(reading(0, 60).has_reached(deadline));
}

#[test]
fn arithmetic_ends_at_the_ends_of_time() {
    let last = Reading {
        wall: Timestamp::MAX,
        monotonic: MonotonicTime::MAX,
    };
    assert_eq!(reading(1_000, 5).after(Duration::MAX), last);
    assert_eq!(last.after(Duration::from_secs(1)), last);
    assert_eq!(last.remaining(reading(0, 0)), Duration::ZERO);
    assert_eq!(
        Timestamp::from_secs(5).before(Duration::MAX),
        Timestamp::EPOCH
    );
}
