//! Points in time, and the times of others.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// The last point before the epoch that both sides can say.
const BEFORE: Duration = Duration::from_secs(1);

#[test]
fn a_system_time_comes_back_as_it_was() {
    for nanos in [0, 1, 999_999_999, 1_000_000_000, 1_764_340_664_123_456_789] {
        let time = Timestamp::from_nanos(nanos);
        assert_eq!(Timestamp::from(SystemTime::from(time)), time, "{nanos}");
    }
}

#[test]
fn a_system_time_out_of_range_becomes_the_nearest_point() {
    assert_eq!(Timestamp::from(UNIX_EPOCH - BEFORE), Timestamp::EPOCH);
    let late = UNIX_EPOCH + Duration::from_secs(u64::MAX / 1_000_000_000 + 1);
    assert_eq!(Timestamp::from(late), Timestamp::MAX);
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use crate::model::Timestamp;

    #[test]
    fn a_time_of_jiff_comes_back_as_it_was() {
        for nanos in [0, 1, 999_999_999, 1_764_340_664_123_456_789, u64::MAX] {
            let time = Timestamp::from_nanos(nanos);
            assert_eq!(
                Timestamp::from(jiff::Timestamp::from(time)),
                time,
                "{nanos}"
            );
        }
    }

    #[test]
    fn both_write_the_same_time() {
        let time = jiff::Timestamp::from(Timestamp::from_secs(1_764_340_664));
        assert_eq!(time.to_string(), "2025-11-28T14:37:44Z");
    }

    #[test]
    fn a_time_of_jiff_out_of_range_becomes_the_nearest_point() {
        assert_eq!(Timestamp::from(jiff::Timestamp::MIN), Timestamp::EPOCH);
        assert_eq!(Timestamp::from(jiff::Timestamp::MAX), Timestamp::MAX);
    }
}
