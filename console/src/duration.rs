//! Durations as people say them.

use std::time::Duration;

/// A duration by its largest units, as many as matter.
pub(crate) fn rough(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if seconds >= 10 => format!("{rest}s"),
        (0, 0, 0) if seconds >= 1 => format!("{:.1}s", duration.as_secs_f64()),
        (0, 0, 0) if duration.as_millis() >= 1 => format!("{}ms", duration.as_millis()),
        (0, 0, 0) if duration.is_zero() => "0s".to_owned(),
        (0, 0, 0) => "<1ms".to_owned(),
        (0, 0, _) => format!("{minutes}m {rest}s"),
        (0, _, _) => format!("{hours}h {minutes}m"),
        (1..100, _, _) => format!("{days}d {hours}h"),
        _ => format!("{days}d"),
    }
}
