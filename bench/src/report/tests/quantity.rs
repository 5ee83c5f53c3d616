//! Numbers as people read them.

use crate::{measurement::Unit, report::quantity};

#[track_caller]
fn check(unit: Unit, texts: &[(f64, &str)]) {
    for (value, text) in texts {
        assert_eq!(quantity::text(unit, *value), *text);
    }
}

#[test]
fn three_digits_matter() {
    let times = [
        (0.000_000_135, "135 ns"),
        (0.000_001_5, "1.50 µs"),
        (0.000_029_3, "29.3 µs"),
        (0.293, "293 ms"),
        (12.34, "12.3 s"),
        (1_234.5, "1,234 s"),
        (0.0, "0 ns"),
    ];
    check(Unit::Seconds, &times);
}

#[test]
fn bytes_are_counted_in_powers_of_two() {
    let sizes = [
        (512.0, "512 B"),
        (6_144.0, "6.00 KiB"),
        (332.0 * 1024.0 * 1024.0, "332 MiB"),
    ];
    check(Unit::Bytes, &sizes);
    check(Unit::BytesPerSecond, &[(2_048.0, "2.00 KiB/s")]);
}

#[test]
fn small_ratios_keep_a_digit_that_says_something() {
    check(
        Unit::Ratio,
        &[
            (1.5, "1.50"),
            (0.15, "0.15"),
            (0.0034, "0.003"),
            (1_600.4, "1,600"),
        ],
    );
}

#[test]
fn rates_have_their_thousands_apart() {
    check(Unit::PerSecond, &[(41_234.4, "41,234/s"), (9.87, "9.87/s")]);
    check(Unit::PercentOfCore, &[(0.333, "0.3 %")]);
}
