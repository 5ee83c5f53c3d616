//! The limits of a history (2.12).

use crate::{
    engine::execution::{
        decide::{self, WorkflowTaskOutcome},
        tests::script::{Run, bulky, signal, start_timer},
    },
    model::{EventAttributes, ExecutionStatus, StartOptions, limits},
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
