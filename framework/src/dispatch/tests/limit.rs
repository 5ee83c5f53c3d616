//! Limits of types and keys: never more than they say, and nobody waits for what is free.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use proptest::{collection::vec, prelude::*};

use crate::{
    actor::port::{Place, WaitingKey},
    clock::MonotonicTime,
    dispatch::{
        AttemptLimit, RateLimit,
        line::{Line, Waiting},
        quota::Charge,
    },
    model::{EventId, Priority, RunId, Timestamp},
};

const START: MonotonicTime = MonotonicTime::from_nanos(1_000_000_000_000);

fn waiting(number: u64, activity_type: &str, tenant: &str) -> Waiting<()> {
    Waiting {
        key: WaitingKey {
            run_id: RunId::default(),
            scheduled_event_id: EventId::new(number),
        },
        activity_type: activity_type.into(),
        since: Timestamp::from_secs(number),
        priority: Some(Box::new(Priority::default().fairness_key(tenant))),
        owner: (),
    }
}

fn per_second(starts: u32, burst: u32) -> RateLimit {
    RateLimit {
        per_second: NonZeroU32::new(starts).unwrap(),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// A line with limits, and what runs.
struct Table {
    line: Line<()>,
    now: MonotonicTime,
    running: Vec<(u64, Charge)>,
}

impl Table {
    fn of(limits: impl IntoIterator<Item = AttemptLimit>) -> Self {
        let mut line = Line::new(1_000);
        line.limit(limits.into_iter().collect());
        Self {
            line,
            now: START,
            running: Vec::new(),
        }
    }

    fn join(&mut self, number: u64, activity_type: &str, tenant: &str) -> Place {
        let waiting = waiting(number, activity_type, tenant);
        self.line.join(waiting).unwrap()
    }

    /// Starts whoever may start; says who.
    fn start(&mut self) -> Vec<u64> {
        let mut started = Vec::new();
        loop {
            self.line.settle(self.now);
            let Some(next) = self.line.take_first(self.now) else {
                return started;
            };
            let number = next.waiting.key.scheduled_event_id.get();
            started.push(number);
            self.running.push((number, next.charge));
        }
    }

    fn end(&mut self, number: u64) {
        let place = self.running.iter().position(|(it, _)| *it == number);
        let (_, charge) = self.running.remove(place.unwrap());
        self.line.end(charge, self.now);
    }

    fn pass(&mut self, millis: u64) {
        self.now = self.now.after(Duration::from_millis(millis));
    }
}

#[test]
fn those_who_wait_for_a_limit_hold_up_nobody_else() {
    let four = AttemptLimit::all().per_key().max_concurrent_attempts(2);
    let mut table = Table::of([four]);
    for number in 1..=5 {
        table.join(number, "charge", "acme");
    }
    table.join(6, "charge", "globex");
    assert_eq!(table.start(), [1, 6, 2]);
    table.end(6);
    assert!(
        table.start().is_empty(),
        "what others give back is not theirs"
    );
    table.end(1);
    assert_eq!(table.start(), [3]);
    table.end(2);
    table.end(3);
    assert_eq!(table.start(), [4, 5]);
}

#[test]
fn a_limit_of_a_type_is_about_no_other() {
    let mut table = Table::of([AttemptLimit::of("charge").max_concurrent_attempts(1)]);
    for (number, activity_type) in [(1, "charge"), (2, "charge"), (3, "ship"), (4, "ship")] {
        table.join(number, activity_type, "");
    }
    assert_eq!(table.start(), [1, 3, 4]);
    table.end(1);
    assert_eq!(table.start(), [2]);
}

#[test]
fn who_comes_back_from_one_limit_may_have_to_wait_for_another() {
    let mut table = Table::of([
        AttemptLimit::of("charge").max_concurrent_attempts(1),
        AttemptLimit::all().per_key().max_concurrent_attempts(1),
    ]);
    table.join(1, "charge", "acme");
    table.join(2, "ship", "globex");
    table.join(3, "charge", "globex");
    table.join(4, "charge", "initech");
    assert_eq!(table.start(), [1, 2]);
    // The type is free; the key of who waits for it first is not.
    table.end(1);
    assert_eq!(table.start(), [4]);
    table.end(2);
    assert!(
        table.start().is_empty(),
        "now the key is free, and the type is not"
    );
    table.end(4);
    assert_eq!(table.start(), [3]);
}

#[test]
fn who_leaves_makes_room_for_those_aside() {
    let mut table = Table::of([AttemptLimit::all().max_concurrent_attempts(1)]);
    let places: Vec<Place> = (1..=4).map(|it| table.join(it, "charge", "")).collect();
    assert_eq!(table.start(), [1]);
    table.end(1);
    let now = table.now;
    assert!(table.line.leave(places[1], now).is_some());
    assert!(table.line.leave(places[1], now).is_none());
    assert_eq!(table.start(), [3]);
    assert_eq!(table.line.len(), 1);
}

#[test]
fn each_key_has_a_rate_of_its_own() {
    let rate = AttemptLimit::all().per_key().rate_limit(per_second(10, 2));
    let mut table = Table::of([rate]);
    for number in 1..=4 {
        table.join(number, "charge", "acme");
    }
    table.join(5, "charge", "globex");
    assert_eq!(table.start(), [1, 5, 2]);
    assert_eq!(
        table.line.quotas().next_alarm(),
        Some(START.after(Duration::from_millis(100)))
    );
    table.pass(99);
    assert!(table.start().is_empty());
    table.pass(1);
    assert_eq!(table.start(), [3]);
    table.pass(100);
    assert_eq!(table.start(), [4]);
    assert_eq!(table.line.quotas().next_alarm(), None);
}

#[test]
fn a_start_that_nobody_makes_is_given_back_to_its_rate() {
    let rate = AttemptLimit::all().rate_limit(per_second(1, 1));
    let mut table = Table::of([rate]);
    table.join(1, "charge", "");
    table.join(2, "charge", "");
    assert_eq!(table.start(), [1]);
    let (_, mut charge) = table.running.remove(0);
    charge.forgo();
    table.line.end(charge, table.now);
    assert_eq!(table.start(), [2]);
}

#[test]
fn new_limits_count_from_when_they_are_set_and_forget_who_waited_for_the_old_ones() {
    let one = || AttemptLimit::all().max_concurrent_attempts(1);
    let mut table = Table::of([one()]);
    for number in 1..=4 {
        table.join(number, "charge", "");
    }
    assert_eq!(table.start(), [1]);
    table.line.limit(vec![one().max_concurrent_attempts(2)]);
    assert_eq!(table.start(), [2, 3]);
    // It was not counted, so its end makes room for nobody.
    table.end(1);
    assert!(table.start().is_empty());
    table.line.limit(Vec::new());
    assert_eq!(table.start(), [4]);
}

#[test]
fn it_is_known_what_runs_and_waits_for_each_key() {
    let mut table = Table::of([AttemptLimit::all().per_key().max_concurrent_attempts(1)]);
    for (number, tenant) in [(1, "acme"), (2, "acme"), (3, "globex"), (4, "acme")] {
        table.join(number, "charge", tenant);
    }
    assert_eq!(table.start(), [1, 3]);
    let loads = table.line.quotas().loads().into_iter();
    let loads = loads.map(|it| (it.fairness_key.to_string(), it.running, it.waiting));
    let expected = [("acme".to_owned(), 1, 2), ("globex".to_owned(), 1, 0)];
    assert_eq!(loads.collect::<Vec<_>>(), expected);
    for number in [1, 3] {
        table.end(number);
    }
    assert_eq!(table.start(), [2]);
    table.end(2);
    assert_eq!(table.start(), [4]);
    table.end(4);
    assert!(table.line.quotas().loads().is_empty());
}

#[test]
fn accounts_of_keys_that_come_once_are_forgotten() {
    let mut table = Table::of([AttemptLimit::all().per_key().max_concurrent_attempts(1)]);
    for number in 0..10_000 {
        table.join(number, "charge", &format!("tenant {number}"));
        assert_eq!(table.start(), [number]);
        table.end(number);
    }
    assert!(table.line.quotas().len() < 200);
}

/// What happens to a line.
#[derive(Clone, Debug)]
enum Act {
    Join(usize, usize),
    Leave(usize),
    Start,
    End(usize),
    Pass(u64),
    Limit(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..2_usize, 0..3_usize).prop_map(|(kind, key)| Act::Join(kind, key)),
        1 => any::<usize>().prop_map(Act::Leave),
        4 => Just(Act::Start),
        4 => any::<usize>().prop_map(Act::End),
        2 => (0..400_u64).prop_map(Act::Pass),
        1 => (0..4_usize).prop_map(Act::Limit),
    ]
}

const TYPES: [&str; 2] = ["charge", "ship"];
const TENANTS: [&str; 3] = ["", "acme", "globex"];

fn limits(choice: usize) -> Vec<AttemptLimit> {
    let key = AttemptLimit::all().per_key().max_concurrent_attempts(2);
    let of_type = AttemptLimit::of("charge").max_concurrent_attempts(3);
    let both = AttemptLimit::of("ship")
        .per_key()
        .max_concurrent_attempts(1);
    let rate = AttemptLimit::all().per_key().rate_limit(per_second(5, 2));
    match choice {
        0 => vec![key, of_type],
        1 => vec![of_type, both, rate],
        2 => vec![rate],
        _ => Vec::new(),
    }
}

proptest! {
    #[test]
    fn no_limit_is_passed_and_nobody_waits_who_may_start(
        first in 0..4_usize,
        acts in vec(act(), 1..120),
    ) {
        let mut table = Table::of(limits(first));
        let mut current = limits(first);
        let mut waiting: BTreeMap<u64, (Place, &str, &str)> = BTreeMap::new();
        // Those that run under the current limits.
        let mut counted: BTreeMap<u64, (&str, &str)> = BTreeMap::new();
        let mut starts: Vec<(MonotonicTime, &str, &str)> = Vec::new();
        let mut number = 0;
        for act in acts {
            match act {
                Act::Join(kind, key) => {
                    number += 1;
                    let (kind, key) = (TYPES[kind], TENANTS[key]);
                    let place = table.join(number, kind, key);
                    waiting.insert(number, (place, kind, key));
                }
                Act::Leave(which) if !waiting.is_empty() => {
                    let leaving = *waiting.keys().nth(which % waiting.len()).unwrap();
                    let (place, ..) = waiting.remove(&leaving).unwrap();
                    let now = table.now;
                    prop_assert!(table.line.leave(place, now).is_some());
                }
                Act::Start => {
                    for started in table.start() {
                        let (_, kind, key) = waiting.remove(&started).unwrap();
                        counted.insert(started, (kind, key));
                        starts.push((table.now, kind, key));
                    }
                    // Nobody is left who may start.
                    for (_, kind, key) in waiting.values() {
                        let is_held = current.iter().any(|limit| {
                            is_used_up(limit, (kind, key), &counted, &starts, table.now)
                        });
                        prop_assert!(is_held, "{kind} of {key} waits for nothing");
                    }
                }
                Act::End(which) if !table.running.is_empty() => {
                    let (ending, _) = table.running[which % table.running.len()];
                    table.end(ending);
                    counted.remove(&ending);
                }
                Act::Pass(millis) => table.pass(millis),
                Act::Limit(choice) => {
                    current = limits(choice);
                    table.line.limit(current.clone());
                    counted.clear();
                    starts.clear();
                }
                Act::Leave(_) | Act::End(_) => {}
            }
            prop_assert_eq!(table.line.len(), waiting.len());
            for limit in &current {
                for key in TENANTS {
                    let at_once = running_of(limit, key, &counted);
                    let max = limit.max_concurrent_attempts.unwrap_or(usize::MAX);
                    prop_assert!(at_once <= max);
                }
            }
        }
    }
}

fn is_about(limit: &AttemptLimit, of: (&str, &str), key: &str) -> bool {
    let (kind, its_key) = of;
    limit.is_about(&kind.into()) && (!limit.is_per_key || its_key == key)
}

fn running_of(limit: &AttemptLimit, key: &str, running: &BTreeMap<u64, (&str, &str)>) -> usize {
    let of = running.values().filter(|of| is_about(limit, **of, key));
    of.count()
}

/// Whether a limit keeps one of this type and key from starting.
fn is_used_up(
    limit: &AttemptLimit,
    of: (&str, &str),
    running: &BTreeMap<u64, (&str, &str)>,
    starts: &[(MonotonicTime, &str, &str)],
    now: MonotonicTime,
) -> bool {
    if !is_about(limit, of, of.1) {
        return false;
    }
    let max = limit.max_concurrent_attempts.unwrap_or(usize::MAX);
    if running_of(limit, of.1, running) >= max {
        return true;
    }
    let Some(rate) = limit.rate_limit else {
        return false;
    };
    // A bucket that each start takes a token of, and that fills up again.
    let token = 1_000_000_000 / u64::from(rate.per_second.get());
    let full = u64::from(rate.burst.get()) * token;
    let (mut level, mut last) = (full, START);
    let filled = |level: u64, since: MonotonicTime, until: MonotonicTime| {
        full.min(level + (until.as_nanos() - since.as_nanos()))
    };
    for (at, kind, key) in starts {
        if is_about(limit, (kind, key), of.1) {
            level = filled(level, last, *at) - token;
            last = *at;
        }
    }
    filled(level, last, now) < token
}
