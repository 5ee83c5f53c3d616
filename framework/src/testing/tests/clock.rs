//! A manual clock wakes exactly those whose time has come.

use std::time::Duration;

use futures::{FutureExt as _, future::join};

use crate::{
    clock::{Clock as _, Reading},
    testing::ManualClock,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_sleeper_wakes_when_its_time_is_reached_and_no_earlier() {
    let clock = ManualClock::new();
    let (first, second) = (clock.now().after(SECOND), clock.now().after(2 * SECOND));
    let mut early = clock.sleep_until(clock.read().after(SECOND));
    let mut late = clock.sleep_until(clock.read().after(2 * SECOND));
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
    drop(clock.sleep_until(clock.read().after(SECOND)));
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn a_sleep_until_a_time_that_has_passed_is_over() {
    let clock = ManualClock::new();
    let now = clock.read();
    assert_eq!(clock.sleep_until(now).now_or_never(), Some(()));
    clock.advance(SECOND);
    assert_eq!(clock.sleep_until(now).now_or_never(), Some(()));
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn time_that_has_passed_does_not_pass_again() {
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
        async { clock.sleep_until(clock.read().after(SECOND)).await },
    ));
    // The first one is polled before the second one sleeps, and is woken by it.
    assert_eq!(both.as_mut().now_or_never(), None);
    assert_eq!(both.as_mut().now_or_never(), Some(((), ())));
    assert_eq!(clock.now(), deadline);
}

#[test]
fn a_clock_that_is_put_back_wakes_nobody_and_leaves_each_the_time_that_is_left() {
    let clock = ManualClock::new();
    let mut sleep = clock.sleep_until(clock.read().after(60 * SECOND));
    clock.advance(20 * SECOND);
    let before = clock.now();
    clock.put_back(3_600 * SECOND);
    assert_eq!(clock.now(), before.before(3_600 * SECOND));
    assert_eq!(clock.next_deadline(), Some(clock.now().after(40 * SECOND)));
    clock.advance(39 * SECOND);
    assert_eq!((&mut sleep).now_or_never(), None);
    clock.advance(SECOND);
    assert_eq!(sleep.now_or_never(), Some(()));
}

#[test]
fn a_clock_that_is_put_forward_and_a_suspended_machine_wake_by_the_wall_clock_alone() {
    let clock = ManualClock::new();
    for change in [ManualClock::put_forward, ManualClock::suspend] {
        let mut sleep = clock.sleep_until(clock.read().after(60 * SECOND));
        let monotonic = clock.read().monotonic.after(60 * SECOND);
        let mut process = clock.sleep_until(Reading::monotonic_only(monotonic));
        change(&clock, 59 * SECOND);
        assert_eq!((&mut sleep).now_or_never(), None);
        change(&clock, SECOND);
        assert_eq!(sleep.now_or_never(), Some(()));
        assert_eq!((&mut process).now_or_never(), None);
        clock.advance(60 * SECOND);
        assert_eq!(process.now_or_never(), Some(()));
    }
}
