//! Reports of progress: signals of sempre's own, each recorded once.

use crate::{
    machine::execution::{
        Rejection,
        decide::{self, AttemptOutcome, LastWords, ReportAttempt},
        tests::script::{Run, activity, bulky, declined, payloads, secs, signal, worker},
    },
    model::{
        EventAttributes, EventId, EventType, HistoryEvent, Payloads, Progress, ProgressMark, limits,
    },
};

fn running() -> (Run, EventId) {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    (run, scheduled)
}

fn progress(number: u32, value: Payloads) -> AttemptOutcome {
    AttemptOutcome::Progress(Progress { number, value })
}

/// What is recorded, in order.
fn reports(run: &Run) -> Vec<(u32, u32, Payloads)> {
    let events = run.history().events.iter();
    let signals = events.filter_map(|HistoryEvent { attributes, .. }| match attributes {
        EventAttributes::WorkflowExecutionSignaled(it) => Some(it),
        _ => None,
    });
    let reports = signals.filter_map(|signal| {
        let mark = ProgressMark::of(signal)?;
        Some((mark.attempt, mark.number, ProgressMark::value_in(signal)))
    });
    reports.collect()
}

#[test]
fn a_report_is_a_signal_that_causes_a_workflow_task_and_counts_as_none_and_as_a_heartbeat() {
    let (mut run, scheduled) = running();
    let mark = run.mark();
    run.wait(secs(3));
    run.report(scheduled, 1, progress(1, payloads("10 %")))
        .unwrap();
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(run.state.signal_count(), 0);
    let activity = run.state.pending_activity(scheduled).unwrap();
    assert_eq!(activity.last_heartbeat_at.unwrap().at, run.now);
    assert!(activity.heartbeat_details.is_empty());
    assert_eq!(reports(&run), [(1, 1, payloads("10 %"))]);
}

#[test]
fn a_report_that_comes_twice_is_recorded_once_also_while_it_is_buffered() {
    let (mut run, scheduled) = running();
    for _ in 0..2 {
        run.report(scheduled, 1, progress(1, payloads("1")))
            .unwrap();
    }
    run.start_task();
    for _ in 0..2 {
        run.report(scheduled, 1, progress(2, payloads("2")))
            .unwrap();
    }
    run.report(scheduled, 1, progress(1, payloads("1")))
        .unwrap();
    run.complete_task(vec![]);
    run.report(scheduled, 1, progress(2, payloads("2")))
        .unwrap();
    assert_eq!(
        reports(&run),
        [(1, 1, payloads("1")), (1, 2, payloads("2"))]
    );
}

#[test]
fn each_attempt_counts_anew_and_those_that_are_over_are_not_heard() {
    let (mut run, scheduled) = running();
    run.report(scheduled, 1, progress(1, payloads("1")))
        .unwrap();
    run.fail_activity(scheduled, 1, declined()).unwrap();
    let late = run.report(scheduled, 1, progress(2, payloads("2")));
    assert_eq!(late, Err(Rejection::StaleAttempt { attempt: 1 }));
    run.pass(secs(10));
    let attempt = run.start_activity(scheduled);
    run.report(scheduled, attempt, progress(1, payloads("3")))
        .unwrap();
    assert_eq!(
        reports(&run),
        [(1, 1, payloads("1")), (attempt, 1, payloads("3"))]
    );
}

#[test]
fn the_last_report_is_recorded_before_the_end_and_told_where_another_attempt_follows() {
    for fails in [false, true] {
        let (mut run, scheduled) = running();
        let mark = run.mark();
        let outcome = if fails {
            AttemptOutcome::Failed(Box::new(declined()))
        } else {
            AttemptOutcome::Completed(payloads("done"))
        };
        let message = ReportAttempt {
            scheduled_event_id: scheduled,
            attempt: 1,
            outcome,
            last_words: LastWords {
                heartbeat: None,
                progress: Some(Progress {
                    number: 1,
                    value: payloads("99 %"),
                }),
            },
            identity: worker(),
        };
        run.decide(|draft| decide::report_attempt(draft, message))
            .unwrap();
        let types = run.since(mark);
        assert_eq!(types[0], EventType::WorkflowExecutionSignaled);
        assert_eq!(types.last(), Some(&EventType::WorkflowTaskScheduled));
        assert_eq!(types.len(), if fails { 2 } else { 4 });
    }
}

#[test]
fn what_is_too_large_and_what_finds_no_room_counts_as_a_heartbeat_and_is_not_recorded() {
    let (mut run, scheduled) = running();
    run.heartbeat(scheduled, 1, "half").unwrap();
    run.wait(secs(1));
    let large = bulky(limits::PROGRESS_BYTES_MAX + 1);
    run.report(scheduled, 1, progress(1, large)).unwrap();
    run.report(scheduled, 1, progress(2, bulky(limits::PROGRESS_BYTES_MAX)))
        .unwrap();
    assert_eq!(reports(&run).len(), 1);
    let mut number = 2;
    run.decide(|draft| {
        while draft.state().history_size_bytes() < limits::PROGRESS_HISTORY_BYTES_MAX {
            let mut message = signal("more", "");
            message.input = bulky(limits::PAYLOAD_BYTES_MAX);
            decide::signal(draft, message).unwrap();
        }
    });
    run.wait(secs(1));
    number += 1;
    run.report(scheduled, 1, progress(number, payloads("3")))
        .unwrap();
    assert_eq!(reports(&run).len(), 1);
    let activity = run.state.pending_activity(scheduled).unwrap();
    assert_eq!(activity.last_heartbeat_at.unwrap().at, run.now);
    assert_eq!(activity.heartbeat_details, payloads("half"));
}

#[test]
fn an_attempt_that_is_handed_over_reports_no_more() {
    let (mut run, scheduled) = running();
    let message = ReportAttempt {
        scheduled_event_id: scheduled,
        attempt: 1,
        outcome: AttemptOutcome::HandedOver,
        last_words: LastWords {
            heartbeat: None,
            progress: Some(Progress {
                number: 1,
                value: payloads("over to you"),
            }),
        },
        identity: worker(),
    };
    run.decide(|draft| decide::report_attempt(draft, message))
        .unwrap();
    run.report(scheduled, 1, progress(2, payloads("and?")))
        .unwrap();
    assert_eq!(reports(&run), [(1, 1, payloads("over to you"))]);
}

#[test]
fn nobody_else_sends_signals_under_reserved_names() {
    let mut run = Run::started();
    let refused = run.decide(|draft| decide::signal(draft, signal("sempre.activity_progress", "")));
    assert_eq!(
        refused,
        Err(Rejection::Reserved {
            what: "signal name",
            prefix: "sempre."
        })
    );
}
