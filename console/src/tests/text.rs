//! Words, numbers and times.

use std::time::Duration;

use sempre::{
    Timestamp,
    schedule::{Interval, ScheduleSpec},
};

use crate::{
    duration::rough,
    fields::{Fields, link},
    view::{self, spec_in_words},
};

#[test]
fn durations_and_times_are_said_by_their_largest_units() {
    let cases = [
        (0, "0s"),
        (4, "4ms"),
        (1_540, "1.5s"),
        (59_000, "59s"),
        (61_000, "1m 1s"),
        (3_700_000, "1h 1m"),
        (90_000_000, "1d 1h"),
        (864_000_000_000, "10000d"),
    ];
    for (millis, words) in cases {
        assert_eq!(rough(Duration::from_millis(millis)), words);
    }
    let now = Timestamp::from_secs(10_000);
    assert_eq!(
        view::relative(Timestamp::from_secs(9_940), now),
        "1m 0s ago"
    );
    assert_eq!(view::relative(Timestamp::from_secs(10_030), now), "in 30s");
    assert_eq!(view::relative(now, now), "now");
}

#[test]
fn numbers_and_bytes_can_be_read() {
    assert_eq!(view::number(1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!(view::number(999), "999");
    assert_eq!(
        (view::bytes(1_023), view::bytes(1_536)),
        ("1023 B".into(), "1.5 KiB".into())
    );
}

#[test]
fn the_times_of_a_schedule_are_said_in_words() {
    let spec = ScheduleSpec::default()
        .cron("30 8 * * MON-FRI")
        .time_zone("Europe/Vienna");
    let words = "Monday to Friday at 08:30 (30 8 * * MON-FRI), in time zone Europe/Vienna";
    assert_eq!(spec_in_words(&spec), words);
    let every = Interval::every(Duration::from_secs(21_600)).phase(Duration::from_secs(300));
    let spec = ScheduleSpec::default()
        .interval(every)
        .cron("*/7 3 1 * *")
        .cron("@hourly");
    let words =
        "*/7 3 1 * *, and every hour (@hourly), and every 6h 0m, 5m 0s past the full interval";
    assert_eq!(spec_in_words(&spec), words);
}

#[test]
fn links_carry_any_id_and_stay_relative() {
    assert_eq!(link("", &[]), ".");
    assert_eq!(link("runs", &[("filter", "")]), "runs");
    let id = "a/b?c=d&e #f 100%";
    let place = link("run", &[("id", id)]);
    let query = place.strip_prefix("run?").unwrap();
    assert_eq!(Fields::of_form(query.as_bytes()).text("id"), Some(id));
}
