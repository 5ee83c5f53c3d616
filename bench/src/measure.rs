//! Time and percentiles.

use std::time::{Duration, Instant};

/// The present of the machine's steady clock.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Prints a line of the report.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Prints why there is no report.
#[expect(clippy::print_stderr, reason = "errors belong there")]
pub(crate) fn complain(line: &str) {
    eprintln!("sempre-bench: {line}");
}

/// The value below which this share of the samples lies.
pub(crate) fn percentile(samples: &mut [Duration], share: f64) -> Duration {
    samples.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into the samples"
    )]
    let index = (share * (samples.len().saturating_sub(1)) as f64).round() as usize;
    samples.get(index).copied().unwrap_or_default()
}

/// Microseconds, for a table.
pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
