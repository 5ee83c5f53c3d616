//! The log lines about problems of runs, and about attempts that fail.
//!
//! Each names the workflow id, the run id and the workflow type, and what part of the run it is
//! about. What takes an operator is a warning.

use crate::{
    actor::problem::News,
    machine::execution::{FailedAttempt, Problem, ProblemKind},
    model::{ActivityId, ActivityType, RetryState, SignalName, WorkflowExecution, WorkflowType},
};

/// Characters of a text that are logged; `describe` shows all of it.
const TEXT_CHARS_MAX: usize = 4_000;

/// The run that a line is about.
#[derive(Clone, Debug)]
pub(in crate::actor) struct Subject {
    /// The execution and its run.
    pub(in crate::actor) execution: WorkflowExecution,
    /// Its program.
    pub(in crate::actor) workflow_type: WorkflowType,
}

macro_rules! problem_line {
    ($level:ident, $subject:expr, $kind:expr, $problem:expr, $text:literal) => {
        tracing::$level!(
            workflow_id = %$subject.execution.workflow_id,
            run_id = %$subject.execution.run_id,
            workflow_type = %$subject.workflow_type,
            activity_id = activity_id($kind).map(display),
            activity_type = activity_type($kind).map(display),
            signal_name = signal_name($kind).map(display),
            problem = %shortened(&$problem),
            $text
        )
    };
}

/// Tells what has changed about a run's problems.
///
/// An attempt that fails has a line of its own, which stands for the problem that comes with it.
pub(in crate::actor) fn tell(subject: &Subject, news: &[News], attempts: &[FailedAttempt]) {
    for attempt in attempts {
        attempt_failed(subject, attempt);
    }
    for news in news {
        match news {
            News::Appeared(problem) | News::Again(problem) if is_attempt_of(problem, attempts) => {}
            News::Appeared(problem) if problem.kind.needs_operator() => {
                problem_line!(
                    warn,
                    subject,
                    &problem.kind,
                    problem,
                    "a workflow execution has a problem"
                );
            }
            News::Appeared(problem) => {
                problem_line!(
                    info,
                    subject,
                    &problem.kind,
                    problem,
                    "a workflow execution has a problem"
                );
            }
            News::Again(problem) => {
                problem_line!(
                    info,
                    subject,
                    &problem.kind,
                    problem,
                    "a workflow execution still has a problem"
                );
            }
            News::Gone(kind) => {
                problem_line!(
                    info,
                    subject,
                    kind,
                    kind,
                    "a problem of a workflow execution is over"
                );
            }
        }
    }
}

macro_rules! attempt_line {
    ($level:ident, $subject:expr, $attempt:expr) => {
        tracing::$level!(
            workflow_id = %$subject.execution.workflow_id,
            run_id = %$subject.execution.run_id,
            workflow_type = %$subject.workflow_type,
            activity_id = %$attempt.activity_id,
            activity_type = %$attempt.activity_type,
            attempt = $attempt.attempt,
            is_last = $attempt.retry_state != RetryState::InProgress,
            failure = %shortened(&$attempt.failure.with_place()),
            "an activity attempt failed"
        )
    };
}

fn attempt_failed(subject: &Subject, attempt: &FailedAttempt) {
    if attempt.failure.is_benign() {
        attempt_line!(debug, subject, attempt);
    } else {
        attempt_line!(info, subject, attempt);
    }
}

fn is_attempt_of(problem: &Problem, attempts: &[FailedAttempt]) -> bool {
    let ProblemKind::ActivityFails { activity_id, .. } = &problem.kind else {
        return false;
    };
    attempts
        .iter()
        .any(|attempt| attempt.activity_id == *activity_id)
}

fn activity_id(kind: &ProblemKind) -> Option<&ActivityId> {
    match kind {
        ProblemKind::ActivityTypeNotRegistered { activity_id, .. }
        | ProblemKind::ActivityFails { activity_id, .. } => Some(activity_id),
        _ => None,
    }
}

fn activity_type(kind: &ProblemKind) -> Option<&ActivityType> {
    match kind {
        ProblemKind::ActivityTypeNotRegistered { activity_type, .. }
        | ProblemKind::ActivityFails { activity_type, .. } => Some(activity_type),
        _ => None,
    }
}

fn signal_name(kind: &ProblemKind) -> Option<&SignalName> {
    match kind {
        ProblemKind::SignalDropped { signal_name } => Some(signal_name),
        _ => None,
    }
}

fn shortened(text: &impl ToString) -> String {
    let text = text.to_string();
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(&text)),
        None => text,
    }
}
