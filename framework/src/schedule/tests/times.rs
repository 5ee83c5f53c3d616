//! Tables: a spec, a moment, and the times that follow it.

use std::time::Duration;

use crate::{
    model::Timestamp,
    schedule::{Calendar, CalendarField, Interval, ScheduleSpec, times::Times},
};

fn at(text: &str) -> Timestamp {
    Timestamp::from(humantime::parse_rfc3339(text).expect("a time"))
}

/// The times after a moment, as many as are expected and one more.
fn following(spec: &ScheduleSpec, after: &str, many: usize) -> Vec<String> {
    let times = Times::of(spec).expect("a spec that makes sense");
    let mut after = at(after);
    let next = std::iter::from_fn(|| {
        after = times.next(after)?;
        Some(after)
    });
    let short = |time: Timestamp| time.to_string().replace(".000Z", "Z");
    next.take(many).map(short).collect()
}

#[track_caller]
fn expect(spec: &ScheduleSpec, after: &str, times: &[&str]) {
    assert_eq!(following(spec, after, times.len()), times, "{spec:?}");
}

/// Two o'clock at night and what is half an hour around it, in this zone.
fn nightly(zone: &str, hour: u16, minute: u16) -> ScheduleSpec {
    ScheduleSpec::default()
        .calendar(Calendar::default().hour(hour).minute(minute))
        .time_zone(zone)
}

#[test]
fn a_time_that_the_clocks_skip_does_not_come_on_that_day() {
    // 02:30 on 29 March does not exist in Vienna, nor on 8 March in New York; at Lord Howe the clocks
    // go from 02:00 to 02:30 on 4 October, and in Cairo from 00:00 to 01:00 on 24 April.
    let cases = [
        (
            "Europe/Vienna",
            2,
            30,
            "2026-03-27T12:00:00Z",
            ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"],
        ),
        (
            "America/New_York",
            2,
            30,
            "2026-03-06T12:00:00Z",
            ["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            2,
            15,
            "2026-10-02T00:00:00Z",
            ["2026-10-02T15:45:00Z", "2026-10-04T15:15:00Z"],
        ),
        (
            "Africa/Cairo",
            0,
            0,
            "2026-04-22T00:00:00Z",
            ["2026-04-22T22:00:00Z", "2026-04-24T21:00:00Z"],
        ),
    ];
    for (zone, hour, minute, after, times) in cases {
        expect(&nightly(zone, hour, minute), after, &times);
        let cron = ScheduleSpec::default().cron(format!("{minute} {hour} * * *"));
        expect(&cron.time_zone(zone), after, &times);
    }
}

#[test]
fn a_time_that_the_clocks_show_twice_comes_twice() {
    let cases = [
        (
            "Europe/Vienna",
            2,
            30,
            "2026-10-24T12:00:00Z",
            [
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-26T01:30:00Z",
            ],
        ),
        (
            "America/New_York",
            1,
            30,
            "2026-10-31T12:00:00Z",
            [
                "2026-11-01T05:30:00Z",
                "2026-11-01T06:30:00Z",
                "2026-11-02T06:30:00Z",
            ],
        ),
        (
            "Australia/Lord_Howe",
            1,
            45,
            "2026-04-04T00:00:00Z",
            [
                "2026-04-04T14:45:00Z",
                "2026-04-04T15:15:00Z",
                "2026-04-05T15:15:00Z",
            ],
        ),
        (
            "Africa/Cairo",
            23,
            30,
            "2026-10-29T12:00:00Z",
            [
                "2026-10-29T20:30:00Z",
                "2026-10-29T21:30:00Z",
                "2026-10-30T21:30:00Z",
            ],
        ),
    ];
    for (zone, hour, minute, after, times) in cases {
        expect(&nightly(zone, hour, minute), after, &times);
        let cron = ScheduleSpec::default().cron(format!("{minute} {hour} * * *"));
        expect(&cron.time_zone(zone), after, &times);
    }
}

#[test]
fn times_beside_a_change_of_the_clocks_keep_to_the_clocks() {
    // Noon is another time of UTC behind the change, in spring and in autumn.
    let noon = nightly("Europe/Vienna", 12, 0);
    expect(
        &noon,
        "2026-03-28T00:00:00Z",
        &["2026-03-28T11:00:00Z", "2026-03-29T10:00:00Z"],
    );
    expect(
        &noon,
        "2026-10-24T00:00:00Z",
        &["2026-10-24T10:00:00Z", "2026-10-25T11:00:00Z"],
    );
    // Each hour comes, those that are shown twice as well.
    let hourly = ScheduleSpec::default()
        .calendar(Calendar::default().hour(..))
        .time_zone("Australia/Lord_Howe");
    expect(
        &hourly,
        "2026-04-04T14:10:00Z",
        &["2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"],
    );
}

#[test]
fn intervals_do_not_look_at_clocks() {
    let spec = ScheduleSpec::default()
        .every(Duration::from_secs(3_600))
        .time_zone("Europe/Vienna");
    expect(
        &spec,
        "2026-10-25T00:00:00Z",
        &[
            "2026-10-25T01:00:00Z",
            "2026-10-25T02:00:00Z",
            "2026-10-25T03:00:00Z",
        ],
    );
}

#[test]
fn a_leap_day_comes_in_leap_years() {
    let leap = Calendar::default().month(2).day_of_month(29);
    let expected = ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"];
    expect(
        &ScheduleSpec::default().calendar(leap),
        "2026-11-29T00:00:00Z",
        &expected,
    );
    let cron = ScheduleSpec::default().cron("0 0 29 2 *");
    expect(&cron, "2026-11-29T00:00:00Z", &expected);
    // 2100 is none.
    let leap = Calendar::default().month(2).day_of_month(29);
    let later = ScheduleSpec::default().calendar(leap);
    expect(&later, "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
}

#[test]
fn the_31st_comes_in_months_that_have_one() {
    let expected = [
        "2027-01-31T00:00:00Z",
        "2027-03-31T00:00:00Z",
        "2027-05-31T00:00:00Z",
    ];
    let calendar = ScheduleSpec::default().calendar(Calendar::default().day_of_month(31));
    expect(&calendar, "2026-12-31T00:00:00Z", &expected);
    expect(
        &ScheduleSpec::default().cron("0 0 31 * *"),
        "2026-12-31T00:00:00Z",
        &expected,
    );
}

#[test]
fn days_of_the_week_and_of_the_month_must_both_fit() {
    let friday_13th = Calendar::default().day_of_month(13).day_of_week(5);
    let spec = ScheduleSpec::default().calendar(friday_13th);
    expect(
        &spec,
        "2026-03-14T00:00:00Z",
        &["2026-11-13T00:00:00Z", "2027-08-13T00:00:00Z"],
    );
    // Sunday has two numbers.
    for sunday in [0, 7] {
        let spec = ScheduleSpec::default().calendar(Calendar::default().day_of_week(sunday));
        expect(&spec, "2026-11-23T00:00:00Z", &["2026-11-29T00:00:00Z"]);
    }
}

#[test]
fn all_sources_together_give_each_time_once() {
    // Ten past comes from all three; `@every` counts from 1970.
    let spec = ScheduleSpec::default()
        .cron("@every 20m")
        .cron("20 * * * *")
        .calendar(Calendar::default().hour(..).minute([20, 30]));
    expect(
        &spec,
        "2026-11-29T10:00:00Z",
        &[
            "2026-11-29T10:20:00Z",
            "2026-11-29T10:30:00Z",
            "2026-11-29T10:40:00Z",
            "2026-11-29T11:00:00Z",
        ],
    );
}

#[test]
fn a_phase_moves_all_times_of_an_interval() {
    let interval = Interval::every(Duration::from_secs(3_600)).phase(Duration::from_secs(300));
    let spec = ScheduleSpec::default().interval(interval);
    expect(
        &spec,
        "2026-11-29T10:04:59.5Z",
        &["2026-11-29T10:05:00Z", "2026-11-29T11:05:00Z"],
    );
    expect(&spec, "2026-11-29T10:05:00Z", &["2026-11-29T11:05:00Z"]);
    expect(&spec, "1970-01-01T00:00:00Z", &["1970-01-01T00:05:00Z"]);
}

#[test]
fn seconds_and_years_can_be_named() {
    let calendar = Calendar::default()
        .second(CalendarField::from(0..=59).step(20))
        .minute(59)
        .hour(23)
        .day_of_month(31)
        .month(12)
        .year(2_026..=2_027);
    let spec = ScheduleSpec::default().calendar(calendar);
    expect(
        &spec,
        "2026-12-31T23:59:20Z",
        &[
            "2026-12-31T23:59:40Z",
            "2027-12-31T23:59:00Z",
            "2027-12-31T23:59:20Z",
            "2027-12-31T23:59:40Z",
        ],
    );
    assert_eq!(
        following(&spec, "2027-12-31T23:59:40Z", 1),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_excluded_does_not_come() {
    let spec = ScheduleSpec::default()
        .cron("0 9 * * *")
        .except(
            Calendar::default()
                .day_of_week([0, 6])
                .hour(..)
                .minute(..)
                .second(..),
        )
        .except(Calendar::default().month(12).day_of_month(1).hour(9));
    // Friday, the weekend, Monday, the first of December.
    expect(
        &spec,
        "2026-11-26T10:00:00Z",
        &[
            "2026-11-27T09:00:00Z",
            "2026-11-30T09:00:00Z",
            "2026-12-02T09:00:00Z",
        ],
    );
    // A weekend of seconds is passed in two steps.
    let spec = ScheduleSpec::default()
        .every(Duration::from_secs(1))
        .except(
            Calendar::default()
                .day_of_week([0, 6])
                .hour(..)
                .minute(..)
                .second(..),
        );
    expect(
        &spec,
        "2026-11-27T23:59:58Z",
        &["2026-11-27T23:59:59Z", "2026-11-30T00:00:00Z"],
    );
}

#[test]
fn start_and_end_bound_the_times_and_belong_to_them() {
    let spec = ScheduleSpec::default()
        .cron("@hourly")
        .start_at(at("2026-11-29T10:00:00Z"))
        .end_at(at("2026-11-29T11:00:00Z"));
    expect(
        &spec,
        "2020-01-01T00:00:00Z",
        &["2026-11-29T10:00:00Z", "2026-11-29T11:00:00Z"],
    );
    assert_eq!(
        following(&spec, "2026-11-29T11:00:00Z", 1),
        Vec::<String>::new()
    );
    // A start between two seconds is behind the first.
    let spec = ScheduleSpec::default()
        .every(Duration::from_secs(1))
        .start_at(at("2026-11-29T10:00:00.5Z"));
    expect(&spec, "2020-01-01T00:00:00Z", &["2026-11-29T10:00:01Z"]);
}

#[test]
fn jitter_is_the_same_each_time_and_ends_before_the_next_time() {
    let spec = ScheduleSpec::default()
        .every(Duration::from_secs(60))
        .jitter(Duration::from_secs(3_600));
    let times = Times::of(&spec).expect("a spec");
    let mut different = std::collections::BTreeSet::new();
    let mut time = at("2026-11-29T10:00:00Z");
    for _ in 0..100 {
        let jittered = times.jittered("nightly", time);
        assert_eq!(jittered, times.jittered("nightly", time));
        let next = times.next(time).expect("a next one");
        assert!((time..next).contains(&jittered), "{time} {jittered}");
        different.insert(jittered.since(time));
        time = next;
    }
    assert!(different.len() > 90, "{}", different.len());
    let other = times.jittered("daily", time);
    assert_ne!(other, times.jittered("nightly", time));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_field() {
    let hour = Duration::from_secs(3_600);
    let spec = ScheduleSpec::default;
    let calendar = Calendar::default;
    let cases = [
        (
            spec().every(Duration::from_millis(500)),
            "intervals is shorter than one second",
        ),
        (
            spec().every(Duration::from_millis(1_500)),
            "intervals is not in whole seconds",
        ),
        (
            spec().interval(Interval::every(hour).phase(hour)),
            "intervals has a phase",
        ),
        (
            spec().every(Duration::MAX),
            "intervals is not in whole seconds",
        ),
        (
            spec().every(Duration::from_secs(u64::MAX)),
            "intervals is longer than a hundred years",
        ),
        (spec().cron("0 25 * * *"), "crons"),
        (spec().cron("@every 200ms"), "crons"),
        (spec().cron("* * * * * *"), "crons"),
        (spec().cron("0 0 * * *").time_zone("Europe/Wien"), "crons"),
        (
            spec().calendar(calendar()).time_zone("Europe/Wien"),
            "time_zone is unknown",
        ),
        (
            spec().calendar(calendar().minute(60)),
            "calendars minute is from 0 to 59 value=60",
        ),
        (
            spec().calendar(calendar().month(0)),
            "calendars month is from 1 to 12 value=0",
        ),
        (
            spec().calendar(calendar().hour([])),
            "calendars hour is from 0 to 23",
        ),
        (
            spec().every(hour).except(calendar().day_of_week(8)),
            "exclusions day_of_week",
        ),
        (
            spec()
                .every(hour)
                .start_at(at("2026-11-29T10:00:00Z"))
                .end_at(at("2026-11-28T10:00:00Z")),
            "end_at is before start_at",
        ),
    ];
    for (spec, expected) in cases {
        let refused = Times::of(&spec).expect_err(expected).to_string();
        assert!(refused.starts_with(expected), "{refused}");
    }
}

#[test]
fn a_spec_without_times_has_none() {
    let never = [
        ScheduleSpec::default(),
        ScheduleSpec::default().calendar(Calendar::default().month(2).day_of_month(30)),
        ScheduleSpec::default().calendar(Calendar::default().year(2_025)),
        ScheduleSpec::default()
            .every(Duration::from_secs(60))
            .except(Calendar::default().hour(..).minute(..).second(..)),
        ScheduleSpec::default()
            .calendar(Calendar::default())
            .except(Calendar::default().hour(0)),
    ];
    for spec in never {
        assert_eq!(
            following(&spec, "2026-11-29T00:00:00Z", 1),
            Vec::<String>::new(),
            "{spec:?}"
        );
    }
}
