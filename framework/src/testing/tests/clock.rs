//! A manual clock wakes exactly those whose time has come.

use std::time::Duration;

use futures::{FutureExt as _, future::join};

use crate::{clock::Clock as _, testing::ManualClock};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_sleeper_wakes_when_its_time_is_reached_and_no_earlier() {
    let clock = ManualClock::new();
    let (first, second) = (clock.now().after(SECOND), clock.now().after(2 * SECOND));
    let mut early = clock.sleep_until(first);
    let mut late = clock.sleep_until(second);
    assert_eq!((&mut early).now_or_never(), None);
    assert_eq!((clock.sleepers(), clock.next_deadline()), (2, Some(first)));

    clock.set(first);
    assert_eq!((&mut early).now_or_never(), Some(()));
    assert_eq!((&mut late).now_or_never(), None);
    assert_eq!((clock.sleepers(), clock.next_deadline()), (1, Some(second)));

    clock.advance(SECOND);
    assert_eq!(late.now_or_never(), Some(()));
    assert_eq!(clock.next_deadline(), None);
}

#[test]
fn a_sleep_that_is_dropped_is_forgotten() {
    let clock = ManualClock::new();
    drop(clock.sleep_until(clock.now().after(SECOND)));
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn a_sleep_until_a_time_that_has_passed_is_over() {
    let clock = ManualClock::new();
    let now = clock.now();
    assert_eq!(clock.sleep_until(now).now_or_never(), Some(()));
    clock.advance(SECOND);
    assert_eq!(clock.sleep_until(now).now_or_never(), Some(()));
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn the_clock_is_never_set_back() {
    let clock = ManualClock::new();
    let before = clock.now();
    clock.advance(SECOND);
    clock.set(before);
    assert_eq!(clock.now(), before.after(SECOND));
}

#[test]
fn who_sleeps_can_be_waited_for_before_the_clock_is_moved() {
    let clock = ManualClock::new();
    let deadline = clock.now().after(SECOND);
    let mut both = std::pin::pin!(join(
        async {
            clock.sleeping_until(deadline).await;
            clock.set(deadline);
        },
        async { clock.sleep_until(deadline).await },
    ));
    // The first one is polled before the second one sleeps, and is woken by it.
    assert_eq!(both.as_mut().now_or_never(), None);
    assert_eq!(both.as_mut().now_or_never(), Some(((), ())));
    assert_eq!(clock.now(), deadline);
}
