//! Divergence: the report of a program that does not do what its history says it did.
//!
//! A report says what was recorded, what the code asked for instead, where, why that probably is
//! and what to do. It fails the workflow task and never the run, so that the code can be mended.

use std::fmt;

use derive_more::{Display, Error};

use crate::{
    engine::{replay::machine::IllegalTransition, task::WorkflowTaskFailure},
    model::{
        Command, EventAttributes, EventId, EventType, Failure, HistoryEvent,
        event::workflow_task::FailedCause,
    },
};

/// The code under which every nondeterminism is reported.
pub const NONDETERMINISM_CODE: &str = "TMPRL1100";

/// A program that does not ask for what its history says it asked for.
#[derive(Clone, PartialEq, Debug, Error)]
pub struct Nondeterminism {
    /// How the two differ.
    pub divergence: Divergence,
    /// What history has at this point.
    pub recorded: Recorded,
    /// What the program asked for at this point; `None` if it asked for nothing.
    pub attempted: Option<Attempted>,
}

/// How a program and its history can differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Divergence {
    /// History has an event of a command, and the program asked for nothing more.
    MissingCommand,
    /// The program asked for another kind of thing.
    OtherCommand,
    /// The program asked for the same kind of thing under another id or of another type.
    OtherIdentity,
    /// History goes on where the program closes the run.
    ClosedEarly,
    /// History has an event about something that the program did not ask for.
    UnknownSubject,
}

/// What history has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// What is compared of it, as `name=value`.
    pub identity: String,
}

/// What the program asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempted {
    /// Its position among the commands of its workflow task, from 1.
    pub index: u32,
    /// The kind of command.
    pub command: &'static str,
    /// What is compared of it, as `name=value`.
    pub identity: String,
}

impl Recorded {
    pub(super) fn new(event: &HistoryEvent) -> Self {
        Self {
            event_id: event.id,
            event_type: event.event_type(),
            identity: event_identity(&event.attributes),
        }
    }
}

impl Attempted {
    pub(super) fn new(index: u32, command: &Command) -> Self {
        Self {
            index,
            command: command.name(),
            identity: command_identity(command),
        }
    }
}

impl Divergence {
    fn likely_cause(self) -> &'static str {
        match self {
            Self::MissingCommand => "a call was removed from the code, or moved behind a wait",
            Self::OtherCommand => "calls were added, removed or put in another order",
            Self::OtherIdentity => "the call at this point is of another type, or has another id",
            Self::ClosedEarly => "the code returns earlier than it did",
            Self::UnknownSubject => "the history was written by other code, or altered",
        }
    }
}

impl fmt::Display for Nondeterminism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recorded {
            event_id,
            event_type,
            identity,
        } = &self.recorded;
        write!(
            f,
            "[{NONDETERMINISM_CODE}] workflow code does not match its history"
        )?;
        write!(f, "\n  recorded:  event {event_id} {event_type}{identity}")?;
        match &self.attempted {
            Some(attempted) => write!(
                f,
                "\n  attempted: command {} {}{}",
                attempted.index, attempted.command, attempted.identity
            )?,
            None => write!(f, "\n  attempted: nothing more")?,
        }
        write!(
            f,
            "\n  likely cause: {}, or the code depends on something that replay cannot repeat",
            self.divergence.likely_cause()
        )?;
        write!(
            f,
            "\n  remedy: deploy the code that wrote this history, and give the changed code to \
             new runs only, under a workflow type of its own"
        )
    }
}

/// A history that cannot have been written by an engine of this kind.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("history is corrupt: {message} event={event_id}")]
pub struct CorruptHistory {
    /// The event at which that shows.
    pub event_id: EventId,
    /// What is wrong with it.
    pub message: String,
}

impl CorruptHistory {
    pub(super) fn new(event_id: EventId, message: impl Into<String>) -> Self {
        Self {
            event_id,
            message: message.into(),
        }
    }
}

/// Why a replay cannot go on.
#[derive(Debug, derive_more::From)]
pub(super) enum ReplayError {
    Nondeterminism(Nondeterminism),
    CorruptHistory(CorruptHistory),
    IllegalTransition(IllegalTransition),
    Program(Box<WorkflowTaskFailure>),
}

impl From<ReplayError> for WorkflowTaskFailure {
    fn from(error: ReplayError) -> Self {
        let (cause, message, error_type) = match error {
            ReplayError::Program(failure) => return *failure,
            ReplayError::Nondeterminism(report) => (
                FailedCause::NonDeterministicError,
                report.to_string(),
                "Nondeterminism",
            ),
            ReplayError::CorruptHistory(report) => (
                FailedCause::WorkflowWorkerUnhandledFailure,
                report.to_string(),
                "CorruptHistory",
            ),
            ReplayError::IllegalTransition(report) => (
                FailedCause::WorkflowWorkerUnhandledFailure,
                report.to_string(),
                "IllegalTransition",
            ),
        };
        Self {
            cause,
            failure: Failure::application(message, error_type),
        }
    }
}

/// What is compared of a command, for people.
fn command_identity(command: &Command) -> String {
    match command {
        Command::ScheduleActivityTask(activity) => format!(
            " activity_id={} activity_type={}",
            activity.activity_id, activity.activity_type
        ),
        Command::RequestCancelActivityTask { scheduled_event_id } => {
            format!(" scheduled_event_id={scheduled_event_id}")
        }
        Command::StartTimer { timer_id, .. } | Command::CancelTimer { timer_id } => {
            format!(" timer_id={timer_id}")
        }
        Command::CompleteWorkflowExecution { .. }
        | Command::FailWorkflowExecution { .. }
        | Command::CancelWorkflowExecution { .. } => String::new(),
    }
}

/// What is compared of an event, for people.
fn event_identity(attributes: &EventAttributes) -> String {
    use EventAttributes as E;
    let scheduled = |id: EventId| format!(" scheduled_event_id={id}");
    match attributes {
        E::ActivityTaskScheduled(activity) => format!(
            " activity_id={} activity_type={}",
            activity.activity_id, activity.activity_type
        ),
        E::ActivityTaskStarted(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskCompleted(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskFailed(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskTimedOut(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskCanceled(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskCancelRequested(activity) => scheduled(activity.scheduled_event_id),
        E::TimerStarted(timer) => format!(" timer_id={}", timer.timer_id),
        E::TimerFired(timer) => format!(
            " timer_id={} started_event_id={}",
            timer.timer_id, timer.started_event_id
        ),
        E::TimerCanceled(timer) => format!(" timer_id={}", timer.timer_id),
        _ => String::new(),
    }
}
