//! The line: whose turn is next, by priority, by fair shares and by the order of arrival.

use std::collections::BTreeMap;

use crate::{
    actor::port::{Place, WaitingKey},
    clock::MonotonicTime,
    dispatch::line::{Full, Line, Waiting},
    model::{EventId, Priority, RunId, Timestamp},
};

const NOW: MonotonicTime = MonotonicTime::from_nanos(0);

fn join(
    line: &mut Line<()>,
    number: u64,
    priority: impl Into<Option<Priority>>,
) -> Result<Place, Full> {
    line.join(Waiting {
        key: WaitingKey {
            run_id: RunId::default(),
            scheduled_event_id: EventId::new(number),
        },
        activity_type: "charge".into(),
        since: Timestamp::from_secs(number),
        priority: priority.into().map(Box::new),
        owner: (),
    })
}

fn of(tenant: &str) -> Priority {
    Priority::default().fairness_key(tenant)
}

/// Takes so many out, and says which.
fn take(line: &mut Line<()>, count: usize) -> Vec<u64> {
    let taken = std::iter::from_fn(|| line.take_first(NOW));
    let taken = taken.map(|next| next.waiting.key.scheduled_event_id.get());
    taken.take(count).collect()
}

/// Takes so many out, and says how many of each key they were.
fn shares(line: &mut Line<()>, count: usize) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for next in std::iter::from_fn(|| line.take_first(NOW)).take(count) {
        let priority = next.waiting.priority.unwrap_or_default();
        *shares.entry(priority.fairness_key).or_default() += 1;
    }
    shares
}

#[test]
fn without_priorities_who_comes_first_is_served_first() {
    let mut line = Line::new(10);
    for number in 1..=5 {
        join(&mut line, number, None).unwrap();
    }
    assert_eq!(take(&mut line, 2), [1, 2]);
    join(&mut line, 6, None).unwrap();
    assert_eq!(take(&mut line, 9), [3, 4, 5, 6]);
}

#[test]
fn a_lower_priority_key_goes_first_and_none_is_the_third() {
    let mut line = Line::new(10);
    let keyed = |key| Some(Priority::default().key(key));
    let asked = [
        keyed(5),
        None,
        keyed(1),
        keyed(3),
        keyed(4),
        keyed(2),
        keyed(1),
    ];
    for (number, priority) in (1..).zip(asked) {
        join(&mut line, number, priority).unwrap();
    }
    assert_eq!(line.oldest().unwrap().since, Timestamp::from_secs(1));
    assert_eq!(take(&mut line, 9), [3, 7, 6, 2, 4, 5, 1]);
}

#[test]
fn keys_take_turns_however_many_wait_for_one_of_them() {
    let mut line = Line::new(100_000);
    for number in 0..10_000 {
        join(&mut line, number, of("loud")).unwrap();
    }
    assert_eq!(take(&mut line, 100).len(), 100);
    for number in 0..10 {
        join(&mut line, 20_000 + number, of("quiet")).unwrap();
        join(&mut line, 30_000 + number, None).unwrap();
    }
    // The one that was next before the others came stays so.
    let shares = shares(&mut line, 31);
    assert_eq!(shares["quiet"], 10);
    assert_eq!(shares[""], 10);
}

#[test]
fn a_key_that_nobody_has_waited_for_saves_nothing_up() {
    let mut line = Line::new(100_000);
    for number in 0..1_000 {
        join(&mut line, number, of("steady")).unwrap();
    }
    take(&mut line, 500);
    for number in 0..400 {
        join(&mut line, number, of("late")).unwrap();
    }
    let shares = shares(&mut line, 400);
    assert!(shares["late"].abs_diff(shares["steady"]) <= 1, "{shares:?}");
}

#[test]
fn keys_share_by_their_weights() {
    let mut line = Line::new(100_000);
    for number in 0..1_000 {
        for (tenant, weight) in [("one", 1.0), ("two", 2.0), ("half", 0.5)] {
            let priority = of(tenant).fairness_weight(weight);
            join(&mut line, number, priority).unwrap();
        }
    }
    let shares = shares(&mut line, 700);
    for (tenant, expected) in [("one", 200_usize), ("two", 400), ("half", 100)] {
        assert!(shares[tenant].abs_diff(expected) <= 2, "{shares:?}");
    }
}

#[test]
fn who_leaves_before_its_turn_is_not_counted() {
    let mut line = Line::new(100_000);
    let places = (0..1_000).map(|number| join(&mut line, number, of("fickle")).unwrap());
    let places: Vec<Place> = places.collect();
    join(&mut line, 2_000, of("other")).unwrap();
    for place in places {
        assert!(line.leave(place, NOW).is_some());
        assert!(line.leave(place, NOW).is_none());
    }
    join(&mut line, 3_000, of("fickle")).unwrap();
    join(&mut line, 2_001, of("other")).unwrap();
    assert_eq!(take(&mut line, 9), [2_000, 3_000, 2_001]);
    assert_eq!(line.len(), 0);
}

#[test]
fn a_line_that_is_full_of_one_key_has_room_for_others() {
    let mut line = Line::new(128);
    for number in 0..128 {
        join(&mut line, number, of("loud")).unwrap();
    }
    assert_eq!(join(&mut line, 128, of("loud")), Err(Full));
    for number in 0..2 {
        assert!(join(&mut line, 200 + number, of("quiet")).is_ok());
    }
    assert_eq!(
        join(&mut line, 202, of("quiet")),
        Err(Full),
        "its small share"
    );
    let mut joined = 130;
    for tenant in 0..1_000 {
        joined += usize::from(join(&mut line, 300 + tenant, of(&tenant.to_string())).is_ok());
    }
    assert_eq!(joined, 256, "twice as many places, and no more");
    assert_eq!(line.len(), 256);
}
