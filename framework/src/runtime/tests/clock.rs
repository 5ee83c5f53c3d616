//! The machine's clock, whatever the machine shows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    clock::{Clock as _, MonotonicTime, Reading},
    model::Timestamp,
    runtime::{SystemClock, clock::wall_time},
};

const YEAR: Duration = Duration::from_secs(31_557_600);

#[test]
fn a_time_that_no_history_can_hold_passes_all_the_same() {
    let second = Duration::from_secs(1);
    let latest = Timestamp::from_secs(16_725_225_600);
    let table: [(SystemTime, Timestamp); 5] = [
        (UNIX_EPOCH - 10 * YEAR, Timestamp::EPOCH.after(second)),
        (UNIX_EPOCH - second, Timestamp::EPOCH.after(second)),
        (UNIX_EPOCH, Timestamp::EPOCH),
        (UNIX_EPOCH + 56 * YEAR, Timestamp::EPOCH.after(56 * YEAR)),
        (UNIX_EPOCH + 9_000 * YEAR, latest.after(second)),
    ];
    for (shown, expected) in table {
        let monotonic = MonotonicTime::default().after(second);
        assert_eq!(wall_time(shown, monotonic), expected, "{shown:?}");
    }
}

#[test]
fn the_monotonic_value_never_goes_back() {
    let mut last = SystemClock.read();
    for _ in 0..1_000 {
        let now = SystemClock.read();
        assert!(now.monotonic >= last.monotonic);
        last = now;
    }
}

#[test]
fn a_sleep_ends_when_either_value_is_reached_and_at_once_if_it_has_been() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let now = SystemClock.read();
        let tick = Duration::from_millis(2);
        // The wall clock was put back, and the monotonic one brings the end.
        let far = now.wall.after(YEAR);
        let deadlines = [
            now,
            now.after(tick),
            Reading::monotonic_only(now.monotonic.after(tick)),
            Reading {
                wall: far,
                ..now.after(tick)
            },
            Reading {
                wall: now.wall,
                monotonic: MonotonicTime::MAX,
            },
        ];
        for deadline in deadlines {
            SystemClock.sleep_until(deadline).await;
            assert!(SystemClock.read().has_reached(deadline));
        }
    });
}
