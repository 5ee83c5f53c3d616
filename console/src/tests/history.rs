//! Histories as rows and as bars.

use std::time::Duration;

use sempre::{
    Timestamp,
    model::{
        EventAttributes, EventId, Failure, History, HistoryEvent, Payloads,
        event::{activity_task as activity, timer, workflow_execution as execution},
    },
};

use crate::history::{Outcome, Range, RowKind, RowState, Timeline, compact};

/// A history of these events, each so many milliseconds after the one before.
fn history(events: Vec<(u64, EventAttributes)>) -> History {
    let mut time = Timestamp::from_secs(1_000);
    let events = events
        .into_iter()
        .zip(1..)
        .map(|((after, attributes), id)| {
            time = time.after(Duration::from_millis(after));
            HistoryEvent {
                id: EventId::new(id),
                time,
                attributes,
            }
        });
    History {
        events: events.collect(),
        ..History::default()
    }
}

fn started() -> EventAttributes {
    let workflow_type = "Order".into();
    execution::Started {
        workflow_type,
        ..execution::Started::default()
    }
    .into()
}

fn scheduled(id: &str) -> EventAttributes {
    activity::Scheduled {
        activity_id: id.into(),
        activity_type: "charge".into(),
        input: Payloads::encode("4242").unwrap(),
        ..activity::Scheduled::default()
    }
    .into()
}

fn attempt(scheduled: u64, attempt: u32) -> EventAttributes {
    activity::Started {
        scheduled_event_id: EventId::new(scheduled),
        attempt,
        ..activity::Started::default()
    }
    .into()
}

fn failed(scheduled: u64) -> EventAttributes {
    activity::Failed {
        failure: Box::new(Failure::application("declined", "Declined")),
        scheduled_event_id: EventId::new(scheduled),
        ..activity::Failed::default()
    }
    .into()
}

#[test]
fn all_events_of_a_thing_are_one_row() {
    let history = history(vec![
        (0, started()),
        (10, scheduled("1")),
        (0, timer::Started::default().into()),
        (5, attempt(2, 3)),
        (20, failed(2)),
        (
            0,
            execution::Terminated {
                reason: "enough".into(),
                ..Default::default()
            }
            .into(),
        ),
    ]);
    let rows = compact(&history);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.kind, row.state, row.attempts))
        .collect();
    let expected = [
        (RowKind::Run, RowState::Terminated, 0),
        (RowKind::Activity, RowState::Failed, 3),
        (RowKind::Timer, RowState::Open, 0),
    ];
    assert_eq!(seen, expected);
    assert_eq!(rows[0].outcome, Outcome::Text("enough".into()));
    assert_eq!(rows[1].events, (EventId::new(2), EventId::new(5)));
    let took = rows[1].ended.unwrap().since(rows[1].began);
    assert_eq!(took, Duration::from_millis(25));
    assert!(matches!(rows[1].outcome, Outcome::Failure(it) if it.message == "declined"));
}

#[test]
fn an_end_without_its_beginning_is_passed_over() {
    let history = history(vec![(0, started()), (1, failed(77))]);
    assert_eq!(compact(&history).len(), 1);
}

#[test]
fn time_in_which_nothing_happened_is_folded() {
    const MONTH: u64 = 30 * 86_400_000;
    let history = history(vec![
        (0, started()),
        (50, scheduled("1")),
        (50, attempt(2, 1)),
        (50, failed(2)),
        (MONTH, scheduled("2")),
        (50, attempt(5, 1)),
        (50, failed(5)),
        (50, execution::Completed::default().into()),
    ]);
    let rows = compact(&history);
    let timeline = Timeline::new(&rows, Timestamp::from_secs(2_000));
    assert_eq!(timeline.folds.len(), 1, "{timeline:?}");
    let fold = timeline.folds[0];
    assert_eq!(fold.lasted, Duration::from_millis(MONTH));
    assert!(fold.to - fold.from < 0.4, "{timeline:?}");
    // Bars lie in order, and the run spans all of them.
    let [run, first, second] = timeline.bars[..] else {
        panic!("{timeline:?}");
    };
    assert_eq!((run.from, run.to), (0.0, 1.0));
    assert!(first.from < first.to && first.to <= fold.from);
    assert!(fold.to <= second.from && second.to < 1.0);
    // Between the corners time passes evenly, and only there.
    let [began, folds, unfolds, ended] = timeline.corners[..] else {
        panic!("{timeline:?}");
    };
    assert_eq!((began.0, folds.0), (0.0, fold.from));
    assert_eq!((unfolds.0, ended.0), (fold.to, 1.0));
    let moments = [began.1, folds.1, unfolds.1, ended.1].map(Option::unwrap);
    assert_eq!(moments[0], Timestamp::from_secs(1_000));
    assert_eq!(moments[2].since(moments[1]), fold.lasted);
    assert!(moments[3] > moments[2]);
}

#[test]
fn the_end_of_what_is_open_has_no_moment() {
    let history = history(vec![(0, started()), (50, scheduled("1"))]);
    let timeline = Timeline::new(&compact(&history), Timestamp::from_secs(1_002));
    let corners = &timeline.corners[..];
    assert!(
        matches!(corners, [(_, Some(_)), .., (1.0, None)]),
        "{timeline:?}"
    );
}

#[test]
fn even_steps_are_drawn_as_they_are() {
    let events = (0..10).flat_map(|number| [(100, scheduled("1")), (100, failed(2 + number * 2))]);
    let history = history([(0, started())].into_iter().chain(events).collect());
    let rows = compact(&history);
    let timeline = Timeline::new(&rows, Timestamp::from_secs(1_002));
    assert!(timeline.folds.is_empty(), "{timeline:?}");
    let width = timeline.bars[1].to - timeline.bars[1].from;
    assert!((width - 0.05).abs() < 1e-9, "{timeline:?}");
    assert!(timeline.ticks.len() > 4, "{timeline:?}");
}

#[test]
fn a_history_of_one_moment_has_bars() {
    let history = history(vec![(0, started())]);
    let timeline = Timeline::new(&compact(&history), Timestamp::from_secs(1_000));
    assert_eq!(timeline.bars.len(), 1);
    assert!(timeline.bars[0].from.is_finite() && timeline.bars[0].to.is_finite());
}

#[test]
fn the_time_of_a_run_is_looked_at_part_by_part() {
    const DAY: u64 = 86_400_000;
    let mut events = vec![(0, started())];
    for _ in 0..3 {
        let first = u64::try_from(events.len()).unwrap() + 1;
        events.extend([
            (DAY, scheduled("1")),
            (50, attempt(first, 1)),
            (50, failed(first)),
        ]);
    }
    let history = history(events);
    let (rows, now) = (
        compact(&history),
        Timestamp::from_secs(1_000 + 3 * 86_400 + 1),
    );
    let timeline = Timeline::new(&rows, now);
    assert_eq!(timeline.stretches.len(), 3, "{timeline:?}");
    let whole = Range::of(&rows, now);
    assert_eq!((whole.from, whole.to), (Timestamp::from_secs(1_000), now));
    // Each stretch has one attempt, which fills its part; the run goes through all of them.
    for stretch in &timeline.stretches[..2] {
        let parts: Vec<_> = rows
            .iter()
            .filter_map(|row| stretch.part(row, now))
            .collect();
        assert_eq!(parts.len(), 2, "{parts:?}");
        let part = Timeline::new(&parts, now);
        assert!(part.folds.is_empty());
        assert_eq!((part.bars[0].from, part.bars[0].to), (0.0, 1.0));
        assert_eq!((part.bars[1].from, part.bars[1].to), (0.0, 1.0));
        assert_eq!(parts[0].began, stretch.from);
        assert!(
            part.middle
                .is_some_and(|it| stretch.from < it.from && it.to < stretch.to)
        );
    }
    // From one part to the next, and back to all of it.
    let first = timeline.stretches[0];
    let later = first.later(whole).unwrap();
    assert_eq!(later.length(), first.length());
    assert_eq!(later.from.since(first.from), first.length() / 2);
    assert_eq!(later.earlier(whole), Some(first));
    assert_eq!(whole.later(whole), None);
    assert_eq!(whole.earlier(whole), None);
    assert_eq!(first.wider(whole).length(), first.length() * 2);
    assert_eq!(whole.wider(whole), whole);
    assert_eq!(Range::new(now, whole.from), None);
}
