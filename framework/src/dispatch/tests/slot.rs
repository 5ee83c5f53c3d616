//! Slots: never more than there are, first come, first served, as fast as the rate allows.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    actor::port::{Permit, WaitingKey},
    clock::SharedClock,
    dispatch::{
        RateLimit,
        rate::Rate,
        slot::{Slots, Waiter},
    },
    model::{EventId, RunId, Timestamp},
    testing::ManualClock,
};

/// What waiters were given, in order.
#[derive(Clone, Default)]
struct Log {
    granted: Arc<Mutex<Vec<(u32, Permit)>>>,
    resumes: Arc<Mutex<Vec<Timestamp>>>,
}

impl Log {
    fn waiter(&self, number: u32) -> Box<dyn Waiter> {
        Box::new(Waiting {
            number,
            log: self.clone(),
        })
    }

    fn numbers(&self) -> Vec<u32> {
        self.granted
            .lock()
            .unwrap()
            .iter()
            .map(|(number, _)| *number)
            .collect()
    }

    fn give_back_first(&self) {
        let first = self.granted.lock().unwrap().remove(0);
        drop(first);
    }
}

/// The run of a waiter.
fn run(number: u32) -> RunId {
    RunId::from_u128(number.into())
}

struct Waiting {
    number: u32,
    log: Log,
}

impl Waiter for Waiting {
    fn key(&self) -> WaitingKey {
        WaitingKey {
            run_id: run(self.number),
            scheduled_event_id: EventId::new(self.number.into()),
        }
    }

    fn grant(self: Box<Self>, permit: Permit) {
        self.log.granted.lock().unwrap().push((self.number, permit));
    }

    fn resume_at(&self, at: Timestamp) {
        self.log.resumes.lock().unwrap().push(at);
    }
}

/// A rate of one start a second, by a clock that is moved by hand.
fn one_a_second() -> (Rate, ManualClock) {
    let clock = ManualClock::starting_at(Timestamp::from_secs(1_000));
    let one = NonZeroU32::MIN;
    let limit = RateLimit {
        per_second: one,
        burst: one,
    };
    let rate = Rate::new(limit, SharedClock::new(clock.clone()));
    (rate, clock)
}

#[test]
fn slots_are_granted_in_the_order_they_were_asked_for() {
    let (slots, log) = (Slots::new(2, None, Arc::default()), Log::default());
    let first = slots.try_take().unwrap();
    let _second = slots.try_take().unwrap();
    assert!(slots.try_take().is_none());
    for number in [1, 2, 3] {
        slots.wait(log.waiter(number));
    }
    assert!(log.numbers().is_empty());
    drop(first);
    assert_eq!(log.numbers(), [1]);
    assert!(
        slots.try_take().is_none(),
        "nobody overtakes those who wait"
    );
    log.give_back_first();
    assert_eq!(log.numbers(), [2]);
    assert_eq!(slots.taken(), 2);
}

#[test]
fn a_free_slot_is_granted_to_a_waiter_at_once() {
    let (slots, log) = (Slots::new(1, None, Arc::default()), Log::default());
    slots.wait(log.waiter(1));
    assert_eq!(log.numbers(), [1]);
}

#[test]
fn a_used_up_rate_pauses_the_line_until_the_next_start_is_to_be_had() {
    let (rate, clock) = one_a_second();
    let (slots, log) = (Slots::new(10, Some(rate), Arc::default()), Log::default());
    let _first = slots.try_take().unwrap();
    assert!(slots.try_take().is_none(), "one start a second");
    assert_eq!(
        slots.taken(),
        1,
        "a start that the rate refuses takes no slot"
    );
    slots.wait(log.waiter(1));
    slots.wait(log.waiter(2));
    assert!(log.numbers().is_empty());
    assert_eq!(*log.resumes.lock().unwrap(), [Timestamp::from_secs(1_001)]);
    clock.advance(Duration::from_secs(1));
    slots.resume();
    assert_eq!(log.numbers(), [1]);
    assert_eq!(
        log.resumes.lock().unwrap().last(),
        Some(&Timestamp::from_secs(1_002))
    );
}

#[test]
fn a_slot_is_passed_on_while_nobody_waits_for_it() {
    let slots = Slots::new(1, None, Arc::default());
    let mut permit = slots.try_take().unwrap();
    for _ in 0..100 {
        assert!(permit.renew());
    }
    assert!(slots.try_take().is_none(), "it is taken all the time");
}

#[test]
fn a_slot_is_passed_over_those_who_wait_a_few_times_only() {
    let (slots, log) = (Slots::new(1, None, Arc::default()), Log::default());
    let mut permit = slots.try_take().unwrap();
    slots.wait(log.waiter(1));
    let renewals = (0..100).take_while(|_| permit.renew()).count();
    assert_eq!(renewals, 16);
    assert!(log.numbers().is_empty());
    drop(permit);
    assert_eq!(log.numbers(), [1]);
}

#[test]
fn a_slot_with_a_rate_is_passed_on_as_fast_as_the_rate_allows_and_over_nobody() {
    let clock = ManualClock::starting_at(Timestamp::from_secs(1_000));
    let two = NonZeroU32::new(2).unwrap();
    let limit = RateLimit {
        per_second: two,
        burst: two,
    };
    let rate = Rate::new(limit, SharedClock::new(clock.clone()));
    let (slots, log) = (Slots::new(1, Some(rate), Arc::default()), Log::default());
    let mut permit = slots.try_take().unwrap();
    assert!(permit.renew());
    assert!(!permit.renew(), "two in a second");
    clock.advance(Duration::from_secs(1));
    slots.wait(log.waiter(1));
    assert!(!permit.renew(), "somebody waits");
}

#[test]
fn a_run_takes_over_its_own_slot_when_it_is_next_in_line() {
    let (slots, log) = (Slots::new(1, None, Arc::default()), Log::default());
    let mut permit = slots.try_take().unwrap();
    for number in [1, 2, 1] {
        slots.wait(log.waiter(number));
    }
    assert_eq!(permit.next_in_line(run(2)), None, "another is first");
    for _ in 0..16 {
        assert!(permit.renew());
    }
    assert_eq!(permit.next_in_line(run(1)), Some(EventId::new(1)));
    assert!(permit.renew(), "nobody was passed over by that");
    assert_eq!(permit.next_in_line(run(1)), None, "another is first");
    drop(permit);
    assert_eq!(log.numbers(), [2], "who has the slot got no offer");
    log.give_back_first();
    assert_eq!(log.numbers(), [1]);
}

#[test]
fn a_slot_is_not_taken_over_before_the_rate_allows_it() {
    let (rate, clock) = one_a_second();
    let (slots, log) = (Slots::new(1, Some(rate), Arc::default()), Log::default());
    let mut permit = slots.try_take().unwrap();
    slots.wait(log.waiter(1));
    assert_eq!(permit.next_in_line(run(1)), None);
    clock.advance(Duration::from_secs(1));
    assert_eq!(permit.next_in_line(run(1)), Some(EventId::new(1)));
}
