//! Signals (2.4).

use crate::{
    machine::execution::{
        Rejection, decide,
        tests::script::{Run, bulky, signal},
    },
    model::{Command, EventAttributes, EventType, Payloads, limits},
};

#[test]
fn signals_are_recorded_in_the_order_of_arrival() {
    let mut run = Run::started();
    run.task(vec![]);
    let mark = run.mark();
    run.signal("a");
    run.signal("b");
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowExecutionSignaled,
        ]
    );
    assert_eq!(run.state.signal_count(), 2);
    assert!(
        matches!(run.last(), EventAttributes::WorkflowExecutionSignaled(it)
        if it.signal_name.as_str() == "b")
    );
}

#[test]
fn a_signal_with_a_known_request_id_is_accepted_and_changes_nothing() {
    let mut run = Run::started();
    for _ in 0..3 {
        let outcome = run.decide(|draft| decide::signal(draft, signal("approve", "request-1")));
        assert_eq!(outcome, Ok(()));
    }
    assert_eq!(run.state.signal_count(), 1);
    // Also while the first one is still buffered.
    run.start_task();
    for _ in 0..3 {
        let outcome = run.decide(|draft| decide::signal(draft, signal("approve", "request-2")));
        assert_eq!(outcome, Ok(()));
    }
    assert_eq!(run.state.signal_count(), 2);
    run.complete_task(vec![]);
    assert_eq!(run.state.signal_count(), 2);
    // Without an id there is nothing to know it by.
    run.signal("approve");
    run.signal("approve");
    assert_eq!(run.state.signal_count(), 4);
}

#[test]
fn a_run_accepts_so_many_signals_and_no_more() {
    let mut run = Run::started();
    run.decide(|draft| {
        for _ in 0..limits::SIGNALS_MAX {
            decide::signal(draft, signal("more", "")).expect("a signal that is accepted");
        }
    });
    let refused = run.decide(|draft| decide::signal(draft, signal("more", "")));
    let limit = limits::SIGNALS_MAX;
    assert_eq!(refused, Err(Rejection::TooManySignals { limit }));
}

#[test]
fn a_signal_that_is_too_large_is_refused() {
    let mut run = Run::started();
    let mut message = signal("approve", "");
    message.input = bulky(limits::PAYLOAD_BYTES_MAX + 1);
    let refused = run.decide(|draft| decide::signal(draft, message));
    let what = "signal input";
    assert!(matches!(refused, Err(Rejection::TooLarge { what: it, .. }) if it == what));
    let refused = run.decide(|draft| decide::signal(draft, signal("", "")));
    let what = "signal name";
    assert_eq!(refused, Err(Rejection::Missing { what }));
    let mut message = signal("approve", "");
    message.input = bulky(limits::PAYLOAD_BYTES_MAX);
    let accepted = run.decide(|draft| decide::signal(draft, message));
    assert_eq!(accepted, Ok(()));
}

#[test]
fn a_signal_that_closed_the_run_is_accepted_again() {
    let mut run = Run::started();
    run.task(vec![]);
    let send = |run: &mut Run, id| run.decide(|draft| decide::signal(draft, signal("end", id)));
    assert_eq!(send(&mut run, "request-1"), Ok(()));
    run.task(vec![Command::CompleteWorkflowExecution {
        result: Payloads::EMPTY,
    }]);
    assert_eq!(send(&mut run, "request-1"), Ok(()));
    let refused = send(&mut run, "request-2");
    assert!(
        matches!(refused, Err(Rejection::AlreadyClosed { .. })),
        "{refused:?}"
    );
}
