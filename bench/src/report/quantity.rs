//! Numbers for people: three digits that matter, and the unit that makes them short.

use crate::measurement::{Bound, Unit};

/// A value with its unit.
pub(super) fn text(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => scaled(
            value,
            &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")],
        ),
        Unit::Bytes => bytes(value, ""),
        Unit::BytesPerSecond => bytes(value, "/s"),
        Unit::PerSecond => format!("{}/s", number(value)),
        Unit::Ratio if value.abs() < 0.1 => format!("{value:.3}"),
        Unit::Ratio if value.abs() < 10.0 => format!("{value:.2}"),
        Unit::Ratio | Unit::Count => number(value),
        Unit::PercentOfCore => format!("{value:.1} %"),
    }
}

/// What a value should keep to.
pub(super) fn bound(unit: Unit, bound: Bound) -> String {
    match bound {
        Bound::AtMost(most) => format!("≤ {}", text(unit, most)),
        Bound::AtLeast(least) => format!("≥ {}", text(unit, least)),
    }
}

fn bytes(value: f64, suffix: &str) -> String {
    const KIB: f64 = 1024.0;
    let units = [
        (KIB * KIB * KIB, "GiB"),
        (KIB * KIB, "MiB"),
        (KIB, "KiB"),
        (1.0, "B"),
    ];
    format!("{}{suffix}", scaled(value, &units))
}

/// The value in the first unit in which it is at least one, and else in the last.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let fitting = units.iter().find(|(size, _)| value.abs() >= *size);
    let Some((size, unit)) = fitting.or(units.last()) else {
        return number(value);
    };
    format!("{} {unit}", number(value / size))
}

/// Three digits that matter; large numbers whole, with their thousands apart.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => thousands(&format!("{value:.0}")),
    }
}

fn thousands(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    digits.parse().map_or_else(
        |_| format!("{sign}{digits}"),
        |whole| format!("{sign}{}", crate::scenario::grouped(whole)),
    )
}
