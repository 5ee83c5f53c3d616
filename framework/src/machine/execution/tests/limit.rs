//! The limits of a history (2.12).

use crate::{
    machine::execution::{
        Draft,
        decide::{self, RecordHeartbeat, WorkflowTaskOutcome},
        tests::script::{
            Run, activity, bulky, declined, schedule, secs, signal, start_timer, task_start,
        },
    },
    model::{
        Change, EventAttributes, EventId, ExecutionStatus, RetryState, StartOptions, Timestamp,
        limits,
    },
};

fn reason(run: &Run) -> &str {
    match run.last() {
        EventAttributes::WorkflowExecutionTerminated(it) => &it.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_history_with_too_many_events_terminates_the_run() {
    let mut run = Run::started();
    let mut timers = 0;
    while run.state.status().is_open() {
        let commands = (0..5_000).map(|n| start_timer(&(timers + n).to_string(), 60));
        let outcome = run.task(commands.collect());
        assert_eq!(outcome, WorkflowTaskOutcome::Completed);
        timers += 5_000;
        if run.state.status().is_open() {
            assert!(run.state.last_event_id().get() <= limits::HISTORY_EVENTS_MAX);
            run.signal("more");
        }
    }
    assert_eq!(run.state.status(), ExecutionStatus::Terminated);
    let actual = run.state.last_event_id().get() - 1;
    let expected = format!("history has too many events limit=51200 actual={actual}");
    assert_eq!(reason(&run), expected);
}

#[test]
fn a_history_with_too_many_bytes_terminates_the_run() {
    let mut run = Run::started();
    let mut signals = 0;
    while run.state.status().is_open() {
        let mut message = signal("data", "");
        message.input = bulky(limits::PAYLOAD_BYTES_MAX);
        run.decide(|draft| decide::signal(draft, message))
            .expect("an open run");
        signals += 1;
    }
    assert_eq!(signals, 25);
    assert!(reason(&run).starts_with("history has too many bytes limit=52428800 actual=5243"));
}

#[test]
fn a_long_history_advises_to_continue_as_new() {
    let mut run = Run::started_with(StartOptions::default());
    let suggested = |run: &Run| {
        run.find(|attributes| match attributes {
            EventAttributes::WorkflowTaskStarted(it) => Some(it.suggest_continue_as_new),
            _ => None,
        })
    };
    run.task(
        (0..4_100)
            .map(|n| start_timer(&n.to_string(), 60))
            .collect(),
    );
    assert!(!suggested(&run));
    run.signal("go");
    run.task(vec![]);
    assert!(suggested(&run));
}

#[test]
fn user_data_counts_with_its_length() {
    let mut run = Run::started();
    let before = run.state.history_size_bytes();
    let mut message = signal("data", "");
    message.input = bulky(10_000);
    run.decide(|draft| decide::signal(draft, message))
        .expect("an open run");
    let grown = run.state.history_size_bytes() - before;
    assert!((10_000..10_200).contains(&grown), "{grown}");
}

/// A run with two activities that run, one of which has told so much that the records without
/// events are past their limit.
fn talkative() -> (Run, [EventId; 2]) {
    let mut run = Run::started();
    let beating = |id: &str| {
        let mut asked = activity(id);
        asked.heartbeat_timeout = Some(secs(30));
        schedule(asked)
    };
    run.task(vec![beating("a"), beating("b")]);
    let ids = run.state.pending_activities();
    let ids: Vec<EventId> = ids.map(|activity| activity.scheduled_event_id).collect();
    let [first, second] = ids[..] else {
        panic!("{ids:?}");
    };
    run.start_activity(first);
    run.start_activity(second);
    let details = bulky(limits::PAYLOAD_BYTES_MAX);
    while run.state.eventless_bytes < limits::EVENTLESS_BYTES_MAX {
        let before = run.transitions.len();
        run.decide(|draft| decide::record_heartbeat(draft, heartbeat(first, &details)))
            .expect("a running attempt");
        assert_eq!(run.transitions.len(), before + 1);
    }
    (run, [first, second])
}

fn heartbeat(scheduled_event_id: EventId, details: &crate::model::Payloads) -> RecordHeartbeat {
    RecordHeartbeat {
        scheduled_event_id,
        attempt: 1,
        details: details.clone(),
    }
}

fn heartbeat_deadline(run: &Run) -> Option<Timestamp> {
    run.state.next_deadline_after(run.now)
}

#[test]
fn past_the_limit_a_heartbeat_is_a_sign_of_life_and_no_record() {
    let (mut run, [first, second]) = talkative();
    run.wait(secs(20));
    for scheduled_event_id in [first, second] {
        let mut draft = Draft::new(&mut run.state, run.now);
        let beat = heartbeat(scheduled_event_id, &bulky(7));
        decide::record_heartbeat(&mut draft, beat).expect("a running attempt");
        assert!(draft.seal().is_none());
    }
    assert_eq!(heartbeat_deadline(&run), Some(run.now.after(secs(30))));
}

#[test]
fn past_the_limit_attempts_that_run_are_alive_when_their_run_is_loaded() {
    let (mut run, _) = talkative();
    run.wait(secs(20));
    let mut draft = Draft::new(&mut run.state, run.now);
    decide::assume_alive(&mut draft);
    assert!(draft.seal().is_none());
    assert_eq!(heartbeat_deadline(&run), Some(run.now.after(secs(30))));
}

#[test]
fn past_the_limit_an_attempt_that_fails_is_the_last_one() {
    let (mut run, [first, _]) = talkative();
    run.fail_activity(first, 1, declined())
        .expect("a running attempt");
    let failed = run.find(|event| match event {
        EventAttributes::ActivityTaskFailed(failed) => Some(failed.clone()),
        _ => None,
    });
    assert_eq!(failed.retry_state, RetryState::MaximumAttemptsReached);
    assert_eq!(*failed.failure, declined());
}

#[test]
fn a_workflow_task_that_fails_the_same_way_for_ever_records_what_it_fails_with_once() {
    let mut run = Run::started();
    for attempt in 1..=5 {
        run.wait(secs(1_000));
        run.start_task();
        run.fail_task();
        let task = run.state.workflow_task().expect("another attempt");
        let last = task.last_failure.as_ref().expect("the last one failed");
        assert_eq!(last.attempt, attempt);
        let failure = last.failure.as_ref().expect("it says why");
        assert_eq!(failure.message, "it panicked");
    }
    let changes = run.transitions.iter().flat_map(|it| &it.entries);
    let told = changes.filter(|entry| {
        matches!(entry, crate::model::Entry::Change(Change::WorkflowTaskAttemptFailed(failed))
            if failed.failure.is_some())
    });
    assert_eq!(told.count(), 0, "the event of the first attempt has it");
}

#[test]
fn at_twice_the_limit_the_run_is_terminated() {
    let (mut run, _) = talkative();
    run.signal("news");
    run.start_task();
    run.fail_task();
    // A task that fails for ever in a way that is never the same.
    while run.state.status().is_open() {
        run.wait(secs(1_000));
        run.decide(|draft| decide::start_workflow_task(draft, task_start()))
            .expect("it is due");
        let mut failed = crate::machine::execution::tests::script::task_failure();
        let number = run.transitions.len();
        failed.failure.failure.message = format!("{number}: {}", "x".repeat(1 << 20));
        run.decide(|draft| decide::fail_workflow_task(draft, failed))
            .expect("it has started");
    }
    let limit = 2 * limits::EVENTLESS_BYTES_MAX;
    let expected = format!("records that leave no event have too many bytes limit={limit} actual=");
    assert!(reason(&run).starts_with(&expected), "{}", reason(&run));
}
