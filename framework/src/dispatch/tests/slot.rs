//! Slots: never more than there are, first come, first served, as fast as the rate allows.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures::{future::BoxFuture, task::noop_waker_ref};

use crate::{
    actor::port::{Permit, Place, WaitingKey},
    clock::SharedClock,
    dispatch::{
        RateLimit,
        line::{Full, Line, Waiting},
        rate::Rate,
        slot::{Owner, Slots},
    },
    model::{EventId, Priority, RunId, Timestamp},
    sync::atomic::{AtomicBool, Ordering},
    testing::ManualClock,
};

/// What a thread was offered, in order.
#[derive(Default)]
struct Log {
    offered: Mutex<Vec<(u32, Permit)>>,
    room: AtomicBool,
    is_lost: AtomicBool,
}

impl Owner for Log {
    fn offer(&self, key: WaitingKey, _: Place, permit: Permit) {
        let number = u32::try_from(key.scheduled_event_id.get()).unwrap();
        self.offered.lock().unwrap().push((number, permit));
    }

    fn make_room(&self) {
        self.room.store(true, Ordering::SeqCst);
    }

    fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::SeqCst)
    }
}

impl Log {
    fn numbers(&self) -> Vec<u32> {
        let offered = self.offered.lock().unwrap();
        offered.iter().map(|(number, _)| *number).collect()
    }

    /// Gives back the first slot, after its attempt has ended.
    fn give_back_first(&self) {
        let first = self.offered.lock().unwrap().remove(0);
        drop(first);
    }

    /// Gives back the first slot, whose activity did not want it any more.
    fn forgo_first(&self) {
        let (_, mut permit) = self.offered.lock().unwrap().remove(0);
        permit.forgo();
    }
}

/// Slots, the thread that waits for them, and the clock of their rate.
struct Table {
    slots: Arc<Slots>,
    log: Arc<Log>,
    clock: ManualClock,
    draining: Arc<AtomicBool>,
    alarm: BoxFuture<'static, ()>,
}

impl Table {
    fn of(slots: usize, per_second: Option<u32>) -> Self {
        Self::with_line(usize::MAX, slots, per_second)
    }

    fn with_line(line: usize, slots: usize, per_second: Option<u32>) -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_secs(1_000));
        let shared = SharedClock::new(clock.clone());
        let rate = per_second.and_then(NonZeroU32::new).map(|per_second| {
            let burst = per_second;
            Rate::new(RateLimit { per_second, burst }, shared.clone())
        });
        let draining = Arc::<AtomicBool>::default();
        let line = Line::new(line);
        let max = slots;
        let slots = Slots::with_line(line, shared.clone(), Arc::default(), Arc::clone(&draining));
        slots.limit(max, rate, Vec::new());
        let alarm = Box::pin(Arc::clone(&slots).tend(shared));
        Self {
            slots,
            log: Arc::default(),
            clock,
            draining,
            alarm,
        }
    }

    /// Takes a slot, if one is to be had.
    fn take(&self) -> Option<Permit> {
        self.slots.try_take(&"charge".into(), None)
    }

    /// Waits as this number, which is that of its run, too.
    fn wait(&self, number: u32) -> Result<Place, Full> {
        self.wait_on(&self.log, number)
    }

    fn wait_on(&self, log: &Arc<Log>, number: u32) -> Result<Place, Full> {
        let owner: Arc<dyn Owner> = log.clone();
        let key = WaitingKey {
            run_id: run(number),
            scheduled_event_id: EventId::new(number.into()),
        };
        self.slots.wait(Waiting {
            key,
            activity_type: "charge".into(),
            since: Timestamp::from_secs(number.into()),
            priority: None,
            owner,
        })
    }

    /// Lets time pass, and the alarm ring if it is due.
    fn pass(&mut self, secs: u64) {
        self.tend();
        self.clock.advance(Duration::from_secs(secs));
        self.tend();
    }

    /// Looks at the alarm; whether it is tended no more.
    fn tend(&mut self) -> bool {
        let mut cx = Context::from_waker(noop_waker_ref());
        self.alarm.as_mut().poll(&mut cx) == Poll::Ready(())
    }
}

/// The run of whoever waits.
fn run(number: u32) -> RunId {
    RunId::from_u128(number.into())
}

#[test]
fn slots_are_granted_in_the_order_they_were_asked_for() {
    let table = Table::of(2, None);
    let first = table.take().unwrap();
    let _second = table.take().unwrap();
    assert!(table.take().is_none());
    for number in [1, 2, 3] {
        table.wait(number).unwrap();
    }
    assert!(table.log.numbers().is_empty());
    drop(first);
    assert_eq!(table.log.numbers(), [1]);
    assert!(table.take().is_none(), "nobody overtakes those who wait");
    table.log.give_back_first();
    assert_eq!(table.log.numbers(), [2]);
    assert_eq!(table.slots.taken(), 2);
}

#[test]
fn a_free_slot_is_granted_to_a_waiter_at_once() {
    let table = Table::of(1, None);
    table.wait(1).unwrap();
    assert_eq!(table.log.numbers(), [1]);
}

#[test]
fn a_used_up_rate_holds_the_line_until_the_queues_own_alarm_rings() {
    let mut table = Table::of(10, Some(1));
    let _first = table.take().unwrap();
    assert!(table.take().is_none(), "one start a second");
    assert_eq!(
        table.slots.taken(),
        1,
        "a start that the rate refuses takes no slot"
    );
    for number in [1, 2, 3] {
        table.wait(number).unwrap();
    }
    assert!(table.log.numbers().is_empty());
    table.pass(1);
    assert_eq!(table.log.numbers(), [1]);
    table.pass(1);
    assert_eq!(table.log.numbers(), [1, 2]);
}

#[test]
fn those_who_left_the_line_cost_no_slot_and_no_start() {
    let mut table = Table::of(1, Some(1));
    let taken = table.take().unwrap();
    let places: Vec<Place> = (0..2_000).map(|n| table.wait(n).unwrap()).collect();
    table.wait(2_000).unwrap();
    // From wherever they stand.
    for place in places.iter().rev() {
        table.slots.leave(*place);
    }
    table.slots.leave(places[0]);
    assert_eq!(table.slots.line_state().0, 1);
    drop(taken);
    table.pass(1);
    assert_eq!(table.log.numbers(), [2_000]);
}

#[test]
fn a_start_that_nobody_makes_is_for_the_next_in_line() {
    let mut table = Table::of(10, Some(1));
    let _first = table.take().unwrap();
    for number in [1, 2, 3] {
        table.wait(number).unwrap();
    }
    table.pass(1);
    assert_eq!(table.log.numbers(), [1]);
    table.log.forgo_first();
    assert_eq!(table.log.numbers(), [2], "within the same second");
    table.log.give_back_first();
    assert!(table.log.numbers().is_empty(), "its start was made");
    table.pass(1);
    assert_eq!(table.log.numbers(), [3]);
}

#[test]
fn starts_that_nobody_makes_are_not_saved_up() {
    let mut table = Table::of(10, Some(1));
    let _first = table.take().unwrap();
    let places = [1, 2].map(|number| table.wait(number).unwrap());
    table.pass(1);
    assert_eq!(table.log.numbers(), [1]);
    table.slots.leave(places[1]);
    table.log.forgo_first();
    for number in [3, 4] {
        table.wait(number).unwrap();
    }
    assert!(table.log.numbers().is_empty(), "there was nobody in line");
    table.pass(1);
    assert_eq!(table.log.numbers(), [3]);
}

#[test]
fn a_line_whose_first_thread_is_lost_goes_on_with_the_others() {
    let mut table = Table::of(1, Some(1));
    let taken = table.take().unwrap();
    let lost = Arc::<Log>::default();
    for number in 0..100 {
        table.wait_on(&lost, number).unwrap();
    }
    table.wait(100).unwrap();
    lost.is_lost.store(true, Ordering::SeqCst);
    drop(taken);
    table.pass(1);
    assert!(lost.numbers().is_empty());
    assert_eq!(table.log.numbers(), [100]);
    table.log.give_back_first();
    for number in 0..100 {
        table.wait_on(&lost, number).unwrap();
    }
    table.slots.forget_lost();
    assert_eq!(table.slots.line_state(), (0, None));
}

#[test]
fn nothing_starts_from_the_line_once_the_engine_drains() {
    let mut table = Table::of(1, Some(1));
    let taken = table.take().unwrap();
    table.wait(1).unwrap();
    assert!(!table.tend());
    table.draining.store(true, Ordering::SeqCst);
    table.slots.end();
    assert!(table.tend(), "the alarm rings no more");
    drop(taken);
    table.clock.advance(Duration::from_secs(60));
    table.wait(2).unwrap();
    assert!(table.log.numbers().is_empty());
    assert_eq!(table.slots.taken(), 0);
}

#[test]
fn a_line_that_is_full_tells_those_it_turned_away_once_a_quarter_is_free() {
    let table = Table::with_line(4, 1, None);
    let taken = table.take().unwrap();
    let places = [1, 2, 3, 4].map(|number| table.wait(number).unwrap());
    assert_eq!(table.wait(5), Err(Full));
    let owner: Arc<dyn Owner> = table.log.clone();
    table.slots.tell_of_room(&owner);
    assert!(!table.log.room.load(Ordering::SeqCst));
    table.slots.leave(places[3]);
    assert!(table.log.room.swap(false, Ordering::SeqCst));
    table.wait(5).unwrap();
    drop(taken);
    assert!(!table.log.room.load(Ordering::SeqCst), "told once");
    table.slots.tell_of_room(&owner);
    assert!(table.log.room.load(Ordering::SeqCst), "there is room");
}

#[test]
fn a_line_says_how_long_it_is_and_since_when_the_first_waits() {
    let table = Table::of(1, None);
    let taken = table.take().unwrap();
    assert_eq!(table.slots.line_state(), (0, None));
    let first = table.wait(7).unwrap();
    table.wait(9).unwrap();
    assert_eq!(table.slots.line_state(), (2, Some(Timestamp::from_secs(7))));
    table.slots.leave(first);
    assert_eq!(table.slots.line_state(), (1, Some(Timestamp::from_secs(9))));
    drop(taken);
}

#[test]
fn a_slot_is_passed_on_while_nobody_waits_for_it() {
    let table = Table::of(1, None);
    let mut permit = table.take().unwrap();
    for _ in 0..100 {
        assert!(permit.renew());
    }
    assert!(table.take().is_none(), "it is taken all the time");
}

#[test]
fn a_slot_is_passed_over_those_who_wait_a_few_times_only() {
    let table = Table::of(1, None);
    let mut permit = table.take().unwrap();
    table.wait(1).unwrap();
    let renewals = (0..100).take_while(|_| permit.renew()).count();
    assert_eq!(renewals, 16);
    assert!(table.log.numbers().is_empty());
    drop(permit);
    assert_eq!(table.log.numbers(), [1]);
}

#[test]
fn a_slot_with_a_rate_is_passed_on_as_fast_as_the_rate_allows_and_over_nobody() {
    let mut table = Table::of(1, Some(2));
    let mut permit = table.take().unwrap();
    assert!(permit.renew());
    assert!(!permit.renew(), "two in a second");
    table.pass(1);
    table.wait(1).unwrap();
    assert!(!permit.renew(), "somebody waits");
}

#[test]
fn a_run_takes_over_its_own_slot_when_it_is_next_in_line() {
    let table = Table::of(1, None);
    let mut permit = table.take().unwrap();
    for number in [1, 2, 1] {
        table.wait(number).unwrap();
    }
    assert_eq!(permit.next_in_line(run(2)), None, "another is first");
    for _ in 0..16 {
        assert!(permit.renew());
    }
    assert_eq!(permit.next_in_line(run(1)), Some(EventId::new(1)));
    assert!(permit.renew(), "nobody was passed over by that");
    assert_eq!(permit.next_in_line(run(1)), None, "another is first");
    drop(permit);
    assert_eq!(table.log.numbers(), [2], "who has the slot got no offer");
    table.log.give_back_first();
    assert_eq!(table.log.numbers(), [1]);
}

#[test]
fn a_slot_is_not_taken_over_before_the_rate_allows_it() {
    let mut table = Table::of(1, Some(1));
    let mut permit = table.take().unwrap();
    table.wait(1).unwrap();
    assert_eq!(permit.next_in_line(run(1)), None);
    table.clock.advance(Duration::from_secs(1));
    assert_eq!(permit.next_in_line(run(1)), Some(EventId::new(1)));
    table.wait(2).unwrap();
    permit.forgo();
    assert_eq!(
        permit.next_in_line(run(2)),
        Some(EventId::new(2)),
        "with the start that the first did not make"
    );
    table.tend();
}

#[test]
fn a_clock_that_is_put_back_does_not_hold_the_line_for_longer() {
    let mut table = Table::of(10, Some(1));
    let _first = table.take().unwrap();
    table.clock.put_back(Duration::from_secs(600));
    table.wait(1).unwrap();
    assert!(!table.tend());
    table.clock.put_back(Duration::from_secs(300));
    table.pass(1);
    assert_eq!(table.log.numbers(), [1]);
}

#[test]
fn a_machine_that_slept_starts_no_more_than_the_burst() {
    let mut table = Table::of(10, Some(1));
    let _first = table.take().unwrap();
    for number in [1, 2, 3] {
        table.wait(number).unwrap();
    }
    assert!(!table.tend());
    table.clock.suspend(Duration::from_secs(3 * 86_400));
    table.pass(1);
    assert_eq!(table.log.numbers(), [1]);
}

#[test]
fn nobody_passes_those_who_have_a_priority() {
    for (priority, passes) in [(None, true), (Some(Priority::default().key(1)), false)] {
        let table = Table::of(1, None);
        let mut held = table.take().expect("a slot");
        let owner: Arc<dyn Owner> = table.log.clone();
        let key = WaitingKey {
            run_id: run(7),
            scheduled_event_id: EventId::new(7),
        };
        let waiting = Waiting {
            key,
            activity_type: "charge".into(),
            since: Timestamp::from_secs(7),
            priority: priority.map(Box::new),
            owner,
        };
        table.slots.wait(waiting).expect("room");
        assert_eq!(held.renew(), passes);
    }
}

#[test]
fn nothing_starts_while_the_slots_are_paused() {
    let table = Table::of(2, None);
    let mut running = table.take().unwrap();
    table.slots.pause(true);
    assert!(table.take().is_none());
    table.wait(1).unwrap();
    assert!(!running.renew(), "nor in a slot that is taken");
    assert_eq!(running.next_in_line(run(1)), None);
    drop(running);
    assert!(table.log.numbers().is_empty());
    table.slots.pause(false);
    assert_eq!(table.log.numbers(), [1]);
}

#[test]
fn slots_become_more_and_less_while_some_are_taken() {
    let table = Table::of(1, None);
    let mut running = table.take().unwrap();
    for number in [1, 2, 3] {
        table.wait(number).unwrap();
    }
    table.slots.limit(2, None, Vec::new());
    assert_eq!(table.log.numbers(), [1]);
    table.slots.limit(0, None, Vec::new());
    assert_eq!(table.slots.max(), 1, "there is one at least");
    assert!(!running.renew(), "more are taken than there are");
    drop(running);
    assert_eq!(table.log.numbers(), [1]);
    table.log.give_back_first();
    assert_eq!(table.log.numbers(), [2]);
}

#[test]
fn nobody_waits_for_a_rate_that_is_not_there_any_more() {
    let mut table = Table::of(10, Some(1));
    let _first = table.take().unwrap();
    for number in [1, 2, 3] {
        table.wait(number).unwrap();
    }
    assert!(!table.tend());
    let hasty = RateLimit {
        per_second: NonZeroU32::new(10).unwrap(),
        burst: NonZeroU32::MIN,
    };
    let clock = SharedClock::new(table.clock.clone());
    let hasty = Some(Rate::new(hasty, clock));
    table.slots.limit(10, hasty, Vec::new());
    assert_eq!(table.log.numbers(), [1]);
    table.tend();
    table.clock.advance(Duration::from_millis(100));
    table.tend();
    assert_eq!(
        table.log.numbers(),
        [1, 2],
        "the alarm goes by the new rate"
    );
    table.slots.limit(10, None, Vec::new());
    assert_eq!(table.log.numbers(), [1, 2, 3]);
    table.slots.end();
    assert!(table.tend());
}
