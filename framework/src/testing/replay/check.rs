//! Telling a history to code, as a whole and task by task.

use crate::{
    budget::Unconstrained,
    machine::{
        replay::{Divergence, Replayer, patch::PatchMarker},
        task::WorkflowTaskFailure,
    },
    model::{Codecs, EventAttributes, History, HistoryEvent, WorkflowType},
    testing::replay::{ReplayError, ReplayMismatch, answer},
    workflow::{ProgramFactory, WorkflowHandlers},
};

/// What a replay check has gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ReplaySummary {
    /// Events of the history.
    pub events: usize,
    /// Workflow tasks whose answers were given again.
    pub workflow_tasks: usize,
}

/// Checks that a workflow's code says to a history what the history says.
///
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers};
/// use sempre::testing::{TestEnvironment, replay};
/// use std::time::Duration;
///
/// #[derive(Workflow, Default)]
/// struct Reminder;
///
/// #[handlers]
/// impl Reminder {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
///         ctx.sleep(Duration::from_secs(86_400)).await
///     }
/// }
///
/// /// The same workflow, after somebody took the pause out.
/// #[derive(Workflow, Default)]
/// #[workflow(name = "Reminder")]
/// struct Changed;
///
/// #[handlers]
/// impl Changed {
///     #[run]
///     async fn run(_: WorkflowContext<Self>) {}
/// }
///
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let env = TestEnvironment::new();
/// let reminder = env.workflow::<Reminder>("r").start(()).await?;
/// reminder.result().await?;
/// let history = reminder.history().await?;
///
/// assert_eq!(replay::check::<Reminder>(&history)?.workflow_tasks, 2);
/// let report = replay::check::<Changed>(&history).unwrap_err().to_string();
/// assert!(report.contains("recorded:  event 5 TimerStarted timer_id=1"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ReplayError`] with the first thing that is not so.
pub fn check<W: WorkflowHandlers>(history: &History) -> Result<ReplaySummary, ReplayError> {
    if let Some(EventAttributes::WorkflowExecutionStarted(started)) = history.attributes().next()
        && started.workflow_type.as_str() != W::TYPE
    {
        let mismatch = ReplayMismatch::OtherType {
            recorded: started.workflow_type.clone(),
            checked: WorkflowType::new(W::TYPE),
        };
        return Err(ReplayError::new(history, mismatch));
    }
    check_program(history, &ProgramFactory::of::<W>(Codecs::default()))
}

/// The same for a program that a registry made; whether it is of the right type is not asked.
///
/// # Errors
/// [`ReplayError`] with the first thing that is not so.
pub fn check_program(
    history: &History,
    factory: &ProgramFactory,
) -> Result<ReplaySummary, ReplayError> {
    compare(history, factory).map_err(|mismatch| ReplayError::new(history, mismatch))
}

/// Checks the grammar, and tells a history as a whole.
pub(super) fn tell_whole(
    history: &History,
    factory: &ProgramFactory,
) -> Result<(), ReplayMismatch> {
    history
        .check_grammar()
        .map_err(|violation| ReplayMismatch::Malformed {
            message: violation.to_string(),
        })?;
    let mut replayer = replayer_of(history, factory);
    let told = replayer.handle_history(&history.events);
    told.map_err(|failure| diverged(&replayer, history, failure))
}

/// A program that has been told nothing yet of this history.
pub(super) fn replayer_of(history: &History, factory: &ProgramFactory) -> Replayer {
    Replayer::new(Unconstrained::of(factory.make())).of_run(history.execution.run_id)
}

/// A program failed, or does not fit its history.
pub(super) fn diverged(
    replayer: &Replayer,
    history: &History,
    failure: WorkflowTaskFailure,
) -> ReplayMismatch {
    let report = replayer.nondeterminism();
    let patch = report.filter(|report| report.divergence == Divergence::MissingPatch);
    let recorded = patch.and_then(|report| {
        let mut events = history.events.iter();
        events.find(|event| event.id == report.recorded.event_id)
    });
    let missing = recorded.and_then(|event| PatchMarker::in_event(&event.attributes));
    ReplayMismatch::Diverged {
        message: failure.failure.message,
        missing_patch: missing.map(|patch| patch.id),
    }
}

fn compare(history: &History, factory: &ProgramFactory) -> Result<ReplaySummary, ReplayMismatch> {
    tell_whole(history, factory)?;
    let events = &history.events;
    let mut workflow_tasks = 0;
    for (at, event) in events.iter().enumerate() {
        let EventAttributes::WorkflowTaskCompleted(completed) = &event.attributes else {
            continue;
        };
        let (before, after) = events.split_at(at);
        let written = after.get(1..).unwrap_or_default();
        let mut replayer = replayer_of(history, factory);
        let answer = replayer
            .repeat_workflow_task(before, written)
            .map_err(|failure| diverged(&replayer, history, failure))?;
        let recorded: Vec<&HistoryEvent> = written
            .iter()
            .take_while(|event| event.event_type().is_command_event())
            .collect();
        answer::check(event.id, &answer, completed, &recorded)?;
        workflow_tasks += 1;
    }
    Ok(ReplaySummary {
        events: events.len(),
        workflow_tasks,
    })
}
