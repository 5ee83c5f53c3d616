//! How code asks for a run in the place of its own.

use super::fixture::{SECOND, note, noted, run_with, workflow};
use crate::{
    model::limits,
    workflow::combinator::{join, select},
};

workflow!(Relay, |ctx, _input: u32| -> String {
    let _left_behind = ctx.sleep(60 * SECOND);
    ctx.sleep(SECOND).await?;
    note(&ctx, "goes on");
    match ctx.continue_as_new(2).await {}
});

#[test]
fn what_is_dropped_with_the_code_is_no_command() {
    let mut run = run_with::<Relay, _>(&1_u32);
    assert_eq!(run.task(), ["StartTimer 1 60s", "StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), ["ContinueAsNewWorkflowExecution 2"]);
    assert_eq!(noted(&mut run), ["goes on"]);
}

workflow!(Undecided, |ctx, _input: u32| -> String {
    // Made and not awaited, it asks for nothing.
    drop(ctx.continue_as_new(2));
    let goes_on = select! {
        slept = ctx.sleep(SECOND) => slept.is_ok(),
        never = ctx.continue_as_new(2) => match never {},
    };
    Ok(goes_on.to_string())
});

#[test]
fn it_is_asked_for_when_it_is_awaited_and_not_before() {
    let mut run = run_with::<Undecided, _>(&1_u32);
    // The other branch has asked for its timer by then, in the same poll.
    assert_eq!(
        run.task(),
        ["StartTimer 1 1s", "ContinueAsNewWorkflowExecution 2"]
    );
}

workflow!(Twice, |ctx, _input: u32| -> String {
    let (never, _) = join!(ctx.continue_as_new(2), async {
        note(&ctx, "the other branch is polled once more");
        ctx.continue_as_new(2).await
    });
    match never {}
});

#[test]
fn a_run_is_followed_by_one_other_whoever_asks() {
    let mut run = run_with::<Twice, _>(&1_u32);
    assert_eq!(run.task(), ["ContinueAsNewWorkflowExecution 2"]);
    assert_eq!(noted(&mut run), ["the other branch is polled once more"]);
}

workflow!(Bulky, |ctx, input: String| -> String {
    if input.is_empty() {
        return Ok(input);
    }
    let larger = "x".repeat(limits::PAYLOAD_BYTES_MAX);
    match ctx.continue_as_new(larger).await {}
});

#[test]
fn an_input_that_is_too_large_fails_the_run_and_says_so() {
    let mut run = run_with::<Bulky, _>(&"begin");
    let commands = run.task();
    assert!(
        commands[0].starts_with("FailWorkflowExecution workflow input is too large limit="),
        "{commands:?}"
    );
}
