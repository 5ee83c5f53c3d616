//! A count as a number that recorders take.

/// A count, as a recorder takes it.
#[expect(
    clippy::cast_precision_loss,
    reason = "a recorder has no other numbers"
)]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}
