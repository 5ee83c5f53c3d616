//! Divergence: the report of a program that does not do what its history says it did.
//!
//! A report reads like a diff: what was recorded, what the code asked for instead, and in which
//! fields the two differ; then why that probably is, and what to do. It fails the workflow task and never the run, so that the code can be mended.

use std::fmt;

use derive_more::{Display, Error};

use crate::{
    machine::{
        replay::{life_cycle::IllegalTransition, local_marker::LocalMarker, patch::PatchMarker},
        task::WorkflowTaskFailure,
    },
    model::{
        Command, EventAttributes, EventId, EventType, Failure, HistoryEvent, Payload, UpdateId,
        event::workflow_task::FailedCause,
    },
};

/// The code under which every nondeterminism is reported; the guide on determinism explains it.
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
    /// The program asked for something, and history goes on as if it had not.
    ExtraCommand,
    /// History has a patch that the program does not ask for, and that is not deprecated.
    MissingPatch,
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
    /// What is compared of it.
    pub fields: Fields,
}

/// What the program asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempted {
    /// Its position among the commands of its workflow task, from 1.
    pub index: u32,
    /// The kind of command.
    pub command: &'static str,
    /// What is compared of it.
    pub fields: Fields,
}

/// Names and values that are compared, in a fixed order; shown as ` name=value` each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.push((name, value.to_string()));
        self
    }

    /// The fields that both have, with different values.
    fn differences<'f>(
        &'f self,
        other: &'f Self,
    ) -> impl Iterator<Item = (&'static str, &'f str, &'f str)> {
        self.0.iter().filter_map(|(name, ours)| {
            let (_, theirs) = other.0.iter().find(|(theirs, _)| theirs == name)?;
            (ours != theirs).then_some((*name, ours.as_str(), theirs.as_str()))
        })
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = self.0.iter();
        fields.try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

impl Recorded {
    pub(super) fn new(event: &HistoryEvent) -> Self {
        Self {
            event_id: event.id,
            event_type: event.event_type(),
            fields: event_fields(&event.attributes),
        }
    }
}

impl Attempted {
    pub(super) fn new(index: u32, command: &Command) -> Self {
        Self {
            index,
            command: command.name(),
            fields: command_fields(command),
        }
    }
}

impl Divergence {
    fn likely_cause(self) -> &'static str {
        match self {
            Self::MissingCommand => "a call was removed from the code, or moved behind a wait",
            Self::OtherCommand => "calls were added, removed or put in another order",
            Self::OtherIdentity => "the call at this point is of another type, or has another id",
            Self::ExtraCommand => {
                "a call or a cancellation was added to the code, or moved in front of a wait"
            }
            Self::MissingPatch => {
                "a call of ctx.patched was removed, or moved, while runs that it told to go the new \
                 way are open"
            }
            Self::ClosedEarly => "the code returns earlier than it did",
            Self::UnknownSubject => "the history is of another run, or was altered",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::MissingCommand => "put the call back where it was",
            Self::OtherCommand => "put the calls back into their recorded order",
            Self::OtherIdentity => {
                "give the call its recorded type and id; an activity that was renamed keeps its \
                 type with `name = \"…\"`"
            }
            Self::ExtraCommand => "take the call out again",
            Self::MissingPatch => {
                "put the call back where it was, or ctx.deprecate_patch in its place, until \
                 Engine::patches shows no open run of the patch"
            }
            Self::ClosedEarly => "let the code wait for what it waited for",
            Self::UnknownSubject => "replay the history as its own run wrote it",
        }
    }

    /// Whether it is the code that can be mended.
    fn is_of_the_code(self) -> bool {
        self != Self::UnknownSubject
    }
}

impl fmt::Display for Nondeterminism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recorded {
            event_id,
            event_type,
            fields,
        } = &self.recorded;
        writeln!(
            f,
            "[{NONDETERMINISM_CODE}] workflow code does not match its history"
        )?;
        writeln!(f, "- recorded:  event {event_id} {event_type}{fields}")?;
        match &self.attempted {
            Some(attempted) => writeln!(
                f,
                "+ attempted: command {} {}{}",
                attempted.index, attempted.command, attempted.fields
            )?,
            None => writeln!(f, "+ attempted: nothing more")?,
        }
        self.write_differences(f)?;
        write!(f, "  likely cause: {}", self.divergence.likely_cause())?;
        if self.divergence.is_of_the_code() {
            write!(
                f,
                ", or the code depends on something that replay cannot repeat"
            )?;
        }
        write!(f, "\n  remedy: {}", self.divergence.remedy())?;
        if self.divergence.is_of_the_code() {
            write!(
                f,
                ", or deploy the code that wrote this history and make the change with \
                 `ctx.patched(\"…\")` or under a workflow type of its own"
            )?;
        }
        Ok(())
    }
}

impl Nondeterminism {
    /// What differs between two of a kind; where the kinds differ there is nothing to compare.
    fn write_differences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(attempted) = &self.attempted else {
            return Ok(());
        };
        if self.divergence != Divergence::OtherIdentity {
            return Ok(());
        }
        let mut differences = self.recorded.fields.differences(&attempted.fields);
        differences.try_for_each(|(name, recorded, attempted)| {
            writeln!(f, "  differs:   {name} {recorded} -> {attempted}")
        })
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
            failure: Failure::own(message, error_type),
        }
    }
}

/// What is compared of a command.
fn command_fields(command: &Command) -> Fields {
    let fields = Fields::default();
    match command {
        Command::ScheduleActivityTask(activity) => fields
            .with("activity_id", &activity.activity_id)
            .with("activity_type", &activity.activity_type),
        Command::RequestCancelActivityTask { scheduled_event_id } => {
            fields.with("scheduled_event_id", scheduled_event_id)
        }
        Command::StartTimer { timer_id, .. } | Command::CancelTimer { timer_id } => {
            fields.with("timer_id", timer_id)
        }
        Command::StartChildWorkflowExecution(child) => fields
            .with("workflow_id", &child.workflow_id)
            .with("workflow_type", &child.workflow_type),
        Command::SignalExternalWorkflowExecution(signal) => fields
            .with("workflow_id", &signal.workflow_execution.workflow_id)
            .with("signal_name", &signal.signal_name),
        Command::RequestCancelExternalWorkflowExecution(request) => {
            fields.with("workflow_id", &request.workflow_execution.workflow_id)
        }
        Command::RecordMarker(marker) => {
            let patch = PatchMarker::in_command(command);
            let local = LocalMarker::in_command(command);
            marker_fields(&marker.marker_name, patch, local)
        }
        Command::UpsertWorkflowSearchAttributes { search_attributes } => {
            fields.with("names", names(search_attributes.iter()))
        }
        Command::ModifyWorkflowProperties { upserted_memo } => {
            fields.with("names", names(upserted_memo.iter()))
        }
        Command::AcceptUpdate { request } => accepted(&request.update_id),
        Command::CompleteUpdate { update_id, .. } => completed(update_id),
        Command::CompleteWorkflowExecution { .. }
        | Command::FailWorkflowExecution { .. }
        | Command::CancelWorkflowExecution { .. }
        | Command::ContinueAsNewWorkflowExecution(_) => fields,
    }
}

fn accepted(update_id: &UpdateId) -> Fields {
    let fields = Fields::default().with("message", "acceptance");
    fields.with("update_id", update_id)
}

fn completed(update_id: &UpdateId) -> Fields {
    let fields = Fields::default().with("message", "outcome");
    fields.with("update_id", update_id)
}

fn marker_fields(
    marker_name: &str,
    patch: Option<PatchMarker>,
    local: Option<LocalMarker>,
) -> Fields {
    let fields = Fields::default().with("marker_name", marker_name);
    match (patch, local) {
        (Some(patch), _) => fields.with("patch_id", patch.id),
        (None, Some(local)) => fields
            .with("activity", local.activity())
            .with("activity_id", &local.activity_id)
            .with("activity_type", &local.activity_type),
        (None, None) => fields,
    }
}

/// The names of what is changed.
fn names<'a>(changes: impl Iterator<Item = (&'a str, &'a Payload)>) -> String {
    let names: Vec<_> = changes.map(|(name, _)| name).collect();
    names.join(",")
}

/// What is compared of an event.
fn event_fields(attributes: &EventAttributes) -> Fields {
    use EventAttributes as E;
    let fields = Fields::default();
    let scheduled = |id: EventId| Fields::default().with("scheduled_event_id", id);
    let initiated = |id: EventId| Fields::default().with("initiated_event_id", id);
    match attributes {
        E::ActivityTaskScheduled(activity) => fields
            .with("activity_id", &activity.activity_id)
            .with("activity_type", &activity.activity_type),
        E::ActivityTaskStarted(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskCompleted(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskFailed(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskTimedOut(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskCanceled(activity) => scheduled(activity.scheduled_event_id),
        E::ActivityTaskCancelRequested(activity) => scheduled(activity.scheduled_event_id),
        E::TimerStarted(timer) => fields.with("timer_id", &timer.timer_id),
        E::TimerFired(timer) => fields
            .with("timer_id", &timer.timer_id)
            .with("started_event_id", timer.started_event_id),
        E::StartChildWorkflowExecutionInitiated(child) => fields
            .with("workflow_id", &child.workflow_id)
            .with("workflow_type", &child.workflow_type),
        E::StartChildWorkflowExecutionFailed(it) => initiated(it.initiated_event_id),
        E::ChildWorkflowExecutionStarted(it) => initiated(it.initiated_event_id),
        E::ChildWorkflowExecutionCompleted(it) => initiated(it.initiated_event_id),
        E::ChildWorkflowExecutionFailed(it) => initiated(it.initiated_event_id),
        E::ChildWorkflowExecutionCanceled(it) => initiated(it.initiated_event_id),
        E::ChildWorkflowExecutionTimedOut(it) => initiated(it.initiated_event_id),
        E::ChildWorkflowExecutionTerminated(it) => initiated(it.initiated_event_id),
        E::SignalExternalWorkflowExecutionInitiated(signal) => fields
            .with("workflow_id", &signal.workflow_execution.workflow_id)
            .with("signal_name", &signal.signal_name),
        E::RequestCancelExternalWorkflowExecutionInitiated(request) => {
            fields.with("workflow_id", &request.workflow_execution.workflow_id)
        }
        E::SignalExternalWorkflowExecutionFailed(it) => initiated(it.initiated_event_id),
        E::ExternalWorkflowExecutionSignaled(it) => initiated(it.initiated_event_id),
        E::RequestCancelExternalWorkflowExecutionFailed(it) => initiated(it.initiated_event_id),
        E::ExternalWorkflowExecutionCancelRequested(it) => initiated(it.initiated_event_id),
        E::TimerCanceled(timer) => fields.with("timer_id", &timer.timer_id),
        E::MarkerRecorded(it) => {
            let patch = PatchMarker::in_event(attributes);
            let local = LocalMarker::in_event(attributes);
            marker_fields(&it.marker_name, patch, local)
        }
        E::UpsertWorkflowSearchAttributes(it) => {
            fields.with("names", names(it.search_attributes.iter()))
        }
        E::WorkflowPropertiesModified(it) => fields.with("names", names(it.upserted_memo.iter())),
        E::WorkflowExecutionUpdateAccepted(it) => accepted(&it.protocol_instance_id),
        E::WorkflowExecutionUpdateCompleted(it) => completed(&it.update_id),
        _ => fields,
    }
}
