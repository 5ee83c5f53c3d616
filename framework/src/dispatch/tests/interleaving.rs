//! Slots, in every order in which threads may ask for them, give them back and be lost.

use std::sync::{Arc, Weak};

use crate::{
    actor::port::{Permit, Place, WaitingKey},
    clock::SharedClock,
    dispatch::{
        AttemptLimit, LaneSlots,
        line::{Full, Line, Waiting},
        slot::{Owner, Slots},
    },
    model::{ActivityType, EventId, RunId, Timestamp},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        explore,
        mpsc::{Receiver, Sender, channel},
        thread,
    },
    testing::ManualClock,
};

/// What a thread finds in its mail.
enum Mail {
    Offer(WaitingKey, Permit),
    Room,
}

/// A thread of a shard, as a queue sees it.
struct Shard {
    mail: Mutex<Sender<Mail>>,
    is_lost: AtomicBool,
}

impl Shard {
    fn new() -> (Arc<Self>, Receiver<Mail>) {
        let (mail, received) = channel();
        let shard = Self {
            mail: Mutex::new(mail),
            is_lost: AtomicBool::new(false),
        };
        (Arc::new(shard), received)
    }

    fn send(&self, mail: Mail) {
        // What was sent to a thread that is gone is dropped, and gives its slot back.
        let _gone = self.mail.lock().unwrap().send(mail);
    }
}

impl Owner for Shard {
    fn offer(&self, key: WaitingKey, _: Place, permit: Permit) {
        self.send(Mail::Offer(key, permit));
    }

    fn make_room(&self) {
        self.send(Mail::Room);
    }

    fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::SeqCst)
    }
}

/// A queue, and how many attempts run on it.
#[derive(Clone)]
struct Table {
    slots: Arc<Slots>,
    running: Arc<AtomicUsize>,
}

impl Table {
    fn of(max: usize) -> Self {
        Self::with(max, usize::MAX, Vec::new())
    }

    fn with(max: usize, line: usize, limits: Vec<AttemptLimit>) -> Self {
        let clock = SharedClock::new(ManualClock::starting_at(Timestamp::EPOCH));
        let line = Line::new(line);
        let slots = Slots::with_line(line, clock, Arc::default(), Arc::default());
        slots.limit(max, None, limits);
        Self {
            slots,
            running: Arc::new(AtomicUsize::new(0)),
        }
    }

    fn take(&self) -> Option<Permit> {
        self.slots.try_take(&activity(), None)
    }

    fn wait(&self, shard: &Arc<Shard>, number: u32) -> Result<Place, Full> {
        let owner: Arc<dyn Owner> = shard.clone();
        self.slots.wait(Waiting {
            key: WaitingKey {
                run_id: RunId::from_u128(number.into()),
                scheduled_event_id: EventId::new(1),
            },
            activity_type: activity(),
            since: Timestamp::EPOCH,
            priority: None,
            owner,
        })
    }

    /// Runs an attempt, beside at most so many others.
    fn run(&self, permit: Permit, at_once: usize) {
        let others = self.running.fetch_add(1, Ordering::SeqCst);
        assert!(others < at_once, "{others} run already");
        self.running.fetch_sub(1, Ordering::SeqCst);
        drop(permit);
    }

    /// Starts an activity as a shard does: at once, or in line.
    fn start(&self, shard: &Arc<Shard>, mail: &Receiver<Mail>, number: u32, at_once: usize) {
        if let Some(permit) = self.take() {
            return self.run(permit, at_once);
        }
        while self.wait(shard, number) == Err(Full) {
            let owner: Arc<dyn Owner> = shard.clone();
            self.slots.tell_of_room(&owner);
            match mail.recv().unwrap() {
                Mail::Room => {}
                Mail::Offer(..) => panic!("nothing of it stands in line"),
            }
        }
        loop {
            match mail.recv().unwrap() {
                Mail::Offer(key, permit) => {
                    assert_eq!(key.run_id, RunId::from_u128(number.into()));
                    return self.run(permit, at_once);
                }
                Mail::Room => {}
            }
        }
    }

    /// A thread that starts two activities, one after the other.
    fn shard(&self, number: u32, at_once: usize) -> thread::JoinHandle<()> {
        let table = self.clone();
        thread::spawn(move || {
            let (shard, mail) = Shard::new();
            for step in 0..2 {
                table.start(&shard, &mail, number * 10 + step, at_once);
            }
        })
    }

    /// A thread that does something with slots that it holds for a lane.
    fn on_lane<T: Send + 'static>(
        &self,
        lane: &Arc<LaneSlots>,
        act: fn(&dyn Fn() -> Option<Permit>, &Self) -> T,
    ) -> thread::JoinHandle<T> {
        let (table, lane) = (self.clone(), Arc::clone(lane));
        thread::spawn(move || {
            let hold = || table.take().and_then(|permit| lane.hold(permit));
            act(&hold, &table)
        })
    }

    #[track_caller]
    fn is_quiet(&self) {
        assert_eq!(self.slots.taken(), 0, "every slot is given back");
        assert_eq!(self.slots.line_state().0, 0, "nobody waits");
    }
}

fn activity() -> ActivityType {
    "charge".into()
}

fn join<const N: usize>(threads: [thread::JoinHandle<()>; N]) {
    threads.into_iter().for_each(|it| it.join().unwrap());
}

#[test]
fn nobody_is_forgotten_in_line_and_no_slot_is_had_by_two() {
    for max in [1, 2] {
        explore(move || {
            let table = Table::of(max);
            join([1, 2, 3].map(|number| table.shard(number, max)));
            table.is_quiet();
        });
    }
}

#[test]
fn limits_of_types_hold_and_forget_nobody() {
    explore(|| {
        let limit = AttemptLimit::of("charge").max_concurrent_attempts(1);
        let table = Table::with(3, usize::MAX, vec![limit]);
        join([1, 2, 3].map(|number| table.shard(number, 1)));
        table.is_quiet();
    });
}

#[test]
fn whoever_found_no_room_in_line_is_told_of_some() {
    explore(|| {
        let table = Table::with(1, 1, Vec::new());
        join([1, 2, 3].map(|number| table.shard(number, 1)));
        table.is_quiet();
    });
}

#[test]
fn a_queue_that_was_paused_goes_on_with_all_who_wait() {
    explore(|| {
        let table = Table::of(1);
        let shards = [1, 2].map(|number| table.shard(number, 1));
        table.slots.pause(true);
        table.slots.pause(false);
        join(shards);
        table.is_quiet();
    });
}

#[test]
fn slots_that_become_fewer_and_more_again_forget_nobody() {
    explore(|| {
        let table = Table::of(2);
        let shards = [1, 2, 3].map(|number| table.shard(number, 2));
        table.slots.limit(1, None, Vec::new());
        table.slots.limit(2, None, Vec::new());
        join(shards);
        table.is_quiet();
    });
}

#[test]
fn limits_that_are_set_while_attempts_run_forget_nobody() {
    explore(|| {
        let table = Table::of(2);
        let shards = [1, 2].map(|number| table.shard(number, 2));
        let limit = AttemptLimit::of("charge").max_concurrent_attempts(1);
        table.slots.limit(2, None, vec![limit]);
        table.slots.limit(2, None, Vec::new());
        join(shards);
        table.is_quiet();
    });
}

#[test]
fn whoever_leaves_the_line_while_a_slot_is_offered_holds_up_nobody() {
    explore(|| {
        let table = Table::of(1);
        let (shard, mail) = Shard::new();
        let taken = table.take().unwrap();
        let place = table.wait(&shard, 1).unwrap();
        let other = table.shard(2, 1);
        let gives_back = thread::spawn(move || drop(taken));
        table.slots.leave(place);
        // An offer that was under way is declined.
        drop((shard, mail));
        join([other, gives_back]);
        table.is_quiet();
    });
}

#[test]
fn a_run_that_goes_on_in_its_slot_passes_over_nobody_for_ever() {
    explore(|| {
        let table = Table::of(1);
        let mut permit = table.take().unwrap();
        let others = [1, 2].map(|number| table.shard(number, 1));
        while permit.renew() {
            thread::yield_now();
            if table.slots.line_state().0 == 0 {
                break;
            }
        }
        drop(permit);
        join(others);
        table.is_quiet();
    });
}

#[test]
fn a_thread_that_is_lost_gives_its_slots_back_and_waits_for_none() {
    explore(|| {
        let table = Table::of(1);
        let lane = Arc::<LaneSlots>::default();
        let lost = table.on_lane(&lane, |hold, table| {
            let (shard, mail) = Shard::new();
            let held = hold();
            let _place = table.wait(&shard, 1);
            shard.is_lost.store(true, Ordering::SeqCst);
            (shard, mail, held)
        });
        let other = table.shard(2, 1);
        // What is still in its hands comes back to nobody.
        let in_its_hands = lost.join().unwrap();
        lane.retire();
        table.slots.forget_lost();
        // It may have had an offer before it was lost; its mail goes with it.
        drop(in_its_hands);
        join([other]);
        table.is_quiet();
    });
}

#[test]
fn a_slot_that_is_taken_while_its_thread_is_given_up_is_given_back_once() {
    explore(|| {
        let table = Table::of(2);
        let lane = Arc::<LaneSlots>::default();
        let holds = table.on_lane(&lane, |hold, _| {
            for _ in 0..2 {
                drop(hold().and_then(Permit::detach));
                drop(hold());
            }
        });
        lane.retire();
        join([holds]);
        table.is_quiet();
        let weak: Weak<LaneSlots> = Arc::downgrade(&lane);
        drop(lane);
        assert!(weak.upgrade().is_none(), "no slot holds its thread");
    });
}

#[test]
fn a_thread_that_never_comes_back_keeps_no_slot() {
    explore(|| {
        let table = Table::of(2);
        let lane = Arc::<LaneSlots>::default();
        // What it has in its hands is never dropped.
        let holds = table.on_lane(&lane, |hold, _| std::mem::forget(hold()));
        lane.retire();
        join([holds]);
        table.is_quiet();
    });
}

#[test]
fn nothing_starts_once_the_engine_drains_and_every_slot_comes_back() {
    explore(|| {
        let clock = SharedClock::new(ManualClock::starting_at(Timestamp::EPOCH));
        let draining = Arc::new(AtomicBool::new(false));
        let line = Line::new(usize::MAX);
        let slots = Slots::with_line(line, clock, Arc::default(), Arc::clone(&draining));
        slots.limit(1, None, Vec::new());
        let table = Table {
            slots,
            running: Arc::new(AtomicUsize::new(0)),
        };
        let (shard, mail) = Shard::new();
        let taken = table.take().unwrap();
        table.wait(&shard, 1).unwrap();
        let gives_back = thread::spawn(move || drop(taken));
        draining.store(true, Ordering::SeqCst);
        table.slots.end();
        join([gives_back]);
        // Either the offer was made before, or none is made any more.
        let offered = usize::from(mail.try_recv().is_ok());
        assert_eq!(table.slots.line_state().0 + offered, 1);
        assert_eq!(table.slots.taken(), 0);
    });
}
