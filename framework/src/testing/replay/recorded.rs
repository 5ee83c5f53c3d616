//! The check for histories that were recorded elsewhere: linear, and fair to what wrote them.
//!
//! A history is told twice. Once as a whole, as a recovery does; and once workflow task by workflow
//! task to one program, which answers each of them as it did when it was live. That finds what a
//! change of the code breaks, in time that grows with the history and not with its square; what
//! depends on luck is found by [`check`](super::check), which begins anew for each task.
//!
//! Absent on purpose: comparing releases. A history may be older than this one.

use crate::{
    machine::task::WorkflowTaskCompletion,
    model::{EventAttributes, History, HistoryEvent, event::workflow_task::Completed},
    testing::replay::{
        ReplayError, ReplayMismatch, ReplaySummary, answer,
        check::{diverged, replayer_of, tell_whole},
    },
    workflow::ProgramFactory,
};

/// How much of an answer has to be as it was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Comparison {
    /// All of it: inputs, durations and results, too. Default.
    #[default]
    Values,
    /// What decides whether an open run can go on: the kind and the order of commands, with their
    /// ids and types.
    Kinds,
}

/// Checks that code says to a recorded history what the history says; whether it is of the right
/// type is not asked.
///
/// Answers that were not given by the rules that this release gives them by, which are those of
/// other SDKs and of releases with fewer engine flags, are compared by [`Comparison::Kinds`] in any
/// case: other libraries spell values in other ways. A run that is still open is checked as far as
/// it has got.
///
/// # Errors
/// [`ReplayError`] with the first thing that is not so.
pub fn check_recorded(
    history: &History,
    factory: &ProgramFactory,
    comparison: Comparison,
) -> Result<ReplaySummary, ReplayError> {
    compare(history, factory, comparison).map_err(|mismatch| ReplayError::new(history, mismatch))
}

fn compare(
    history: &History,
    factory: &ProgramFactory,
    comparison: Comparison,
) -> Result<ReplaySummary, ReplayMismatch> {
    tell_whole(history, factory)?;
    let mut replayer = replayer_of(history, factory);
    let mut workflow_tasks = 0;
    let is_completed = |event: &HistoryEvent| {
        matches!(event.attributes, EventAttributes::WorkflowTaskCompleted(_))
    };
    // Invariant: the grammar has `WorkflowTaskStarted` right before `WorkflowTaskCompleted`, so what
    // lies between two completions is what one workflow task tells.
    let mut chunks = history
        .events
        .chunk_by(|_, next| !is_completed(next))
        .peekable();
    while let Some(chunk) = chunks.next() {
        let Some([first, after @ ..]) = chunks.peek() else {
            let told = replayer.handle_history(chunk);
            told.map_err(|failure| diverged(&replayer, history, failure))?;
            break;
        };
        let EventAttributes::WorkflowTaskCompleted(completed) = &first.attributes else {
            continue;
        };
        let answer = replayer
            .repeat_workflow_task(chunk, after)
            .map_err(|failure| diverged(&replayer, history, failure))?;
        let recorded: Vec<&HistoryEvent> = after
            .iter()
            .take_while(|event| event.event_type().is_command_event())
            .collect();
        let comparison = if is_by_the_same_rules(&answer, completed) {
            comparison
        } else {
            Comparison::Kinds
        };
        answer::check_commands(first.id, &answer.commands, &recorded, comparison)?;
        workflow_tasks += 1;
    }
    Ok(ReplaySummary {
        events: history.len(),
        workflow_tasks,
    })
}

/// Whether an answer is signed as the recorded one was, but for the version.
///
/// A signature says what has changed since the last one, so an equal one means that all that came
/// before is equal as well.
fn is_by_the_same_rules(answer: &WorkflowTaskCompletion, completed: &Completed) -> bool {
    let (now, then) = (&answer.sdk_metadata, &completed.sdk_metadata);
    now.sdk_name == then.sdk_name && now.core_used_flags == then.core_used_flags
}
