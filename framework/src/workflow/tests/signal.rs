//! When signals reach their handlers, and what becomes of those that have none.

use expect_test::expect;

use super::fixture::{SECOND, note, noted, run, workflow};
use crate::model::SignalName;

workflow!(Listening, |ctx| {
    note(&ctx, "main begins");
    ctx.sleep(SECOND).await?;
    note(&ctx, "main ends");
    Ok(String::new())
});

#[test]
fn signals_reach_their_handlers_before_the_main_routine() {
    let mut run = run::<Listening>();
    run.history.signal("note", &"a signal");
    run.history.signal("greet", &"Ada");
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 greet", "StartTimer 1 1s"]
    );
    assert_eq!(noted(&mut run), ["a signal", "greeting Ada", "main begins"]);
}

#[test]
fn signals_of_the_activation_that_closes_the_run_are_handled_first() {
    let mut run = run::<Listening>();
    run.task();
    run.history.fire_timer("1");
    run.history.signal("note", &"just in time");
    run.task();
    assert_eq!(
        noted(&mut run),
        ["main begins", "just in time", "main ends"]
    );
}

#[test]
fn handlers_go_on_in_the_order_of_their_signals_and_before_the_main_routine() {
    let mut run = run::<Listening>();
    run.history.signal("greet", &"Ada");
    run.history.signal("greet", &"Grace");
    run.task();
    run.history.fire_timer("1");
    run.history.complete_activity("2", &"Hello Grace");
    run.history.complete_activity("1", &"Hello Ada");
    run.task();
    assert_eq!(
        noted(&mut run)[2..],
        ["main begins", "Hello Ada", "Hello Grace", "main ends"]
    );
}

#[test]
fn a_handler_that_has_not_returned_does_not_keep_the_run_open() {
    let mut run = run::<Listening>();
    run.history.signal("greet", &"Ada");
    run.task();
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
}

#[test]
fn a_signal_without_handler_is_no_error() {
    let mut run = run::<Listening>();
    run.history.signal("unheard", &1);
    run.history.signal("unheard", &2);
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
}

#[test]
fn a_malformed_signal_is_dropped_and_those_behind_it_are_handled() {
    let mut run = run::<Listening>();
    run.history.signal("note", &7);
    run.history.signal("note", &"fine");
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    assert_eq!(noted(&mut run), ["fine", "main begins"]);
}

#[test]
fn dropped_signals_are_counted_by_name_with_the_last_cause() {
    let mut run = run::<Listening>();
    run.history.signal("note", &7);
    run.history.signal("unheard", &1);
    run.task();
    let told = run
        .dropped_signals
        .values()
        .map(|it| format!("{} {} {}", it.signal_name, it.count, it.cause));
    let told: Vec<String> = told.collect();
    expect![[r#"
        note 1 its input is malformed: payload does not decode: invalid type: integer `7`, expected a string at line 1 column 1
        unheard 1 the workflow has no handler for it"#]]
    .assert_eq(&told.join("\n"));
    run.history.fire_timer("1");
    run.history.signal("unheard", &2);
    run.task();
    let counts: Vec<u64> = run.dropped_signals.values().map(|it| it.count).collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn names_of_dropped_signals_beyond_the_bound_are_counted_together() {
    let mut run = run::<Listening>();
    for number in 0..40 {
        run.history.signal(&format!("unheard-{number:02}"), &number);
    }
    run.task();
    let dropped = &run.dropped_signals;
    assert_eq!(dropped.len(), 33);
    assert_eq!(
        dropped.get(&SignalName::default()).map(|it| it.count),
        Some(8)
    );
}

#[test]
fn a_panic_in_a_handler_fails_the_workflow_task() {
    let mut run = run::<Listening>();
    run.history.signal("panic", &());
    let failure = run.failing_task();
    expect!["workflow code panicked: the handler is broken"]
        .assert_eq(&failure.failure.to_string());
}
