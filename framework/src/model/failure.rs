//! Failures: what went wrong, as data in a history, in the structure Temporal defines.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    ActivityId, ActivityType, EventId, Identity, Payload, Payloads, WorkflowExecution,
    WorkflowType,
    wire::{wire_enum, wire_tagged},
};

wire_enum! {
    /// Which of an activity's or a workflow task's clocks ran out.
    pub enum TimeoutType {
        /// Not said.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// From start to end.
        StartToClose = 1 => "START_TO_CLOSE",
        /// From scheduling to start.
        ScheduleToStart = 2 => "SCHEDULE_TO_START",
        /// From the first scheduling to the end.
        ScheduleToClose = 3 => "SCHEDULE_TO_CLOSE",
        /// From one heartbeat to the next.
        Heartbeat = 4 => "HEARTBEAT",
    }
}

wire_enum! {
    /// Why no further attempt is made.
    pub enum RetryState {
        /// Not said.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// A further attempt is made.
        InProgress = 1 => "IN_PROGRESS",
        /// The failure said that trying again is useless.
        NonRetryableFailure = 2 => "NON_RETRYABLE_FAILURE",
        /// No time is left for a further attempt.
        Timeout = 3 => "TIMEOUT",
        /// The policy's attempts are used up.
        MaximumAttemptsReached = 4 => "MAXIMUM_ATTEMPTS_REACHED",
        /// There is no retry policy.
        RetryPolicyNotSet = 5 => "RETRY_POLICY_NOT_SET",
        /// The engine could not decide.
        InternalServerError = 6 => "INTERNAL_SERVER_ERROR",
        /// Cancellation was requested.
        CancelRequested = 7 => "CANCEL_REQUESTED",
    }
}

/// What went wrong: a message, what kind of failure it was, and what caused it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// What went wrong, for people.
    pub message: String,
    /// Which SDK reported it.
    pub source: String,
    /// Where it went wrong, if that is known.
    pub stack_trace: String,
    /// What kind of failure it is, with the facts of that kind.
    pub info: FailureInfo,
    /// The failure that led to this one.
    pub cause: Option<Box<Failure>>,
    /// Message and stack trace, encoded by a codec of the user.
    pub encoded_attributes: Option<Payload>,
}

/// The kinds of failure and their facts.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum FailureInfo {
    /// Reported by user code.
    Application(ApplicationFailureInfo),
    /// A clock ran out.
    Timeout(TimeoutFailureInfo),
    /// Canceled on request.
    Canceled(CanceledFailureInfo),
    /// Terminated by an operator.
    Terminated(TerminatedFailureInfo),
    /// The engine itself failed.
    Server(ServerFailureInfo),
    /// The run was reset; the message says why.
    ResetWorkflow(ResetWorkflowFailureInfo),
    /// An activity failed; its cause says why.
    Activity(ActivityFailureInfo),
    /// A child workflow failed; its cause says why.
    ChildWorkflow(ChildWorkflowFailureInfo),
}

wire_tagged!(FailureInfo {
    5 => Application(ApplicationFailureInfo),
    6 => Timeout(TimeoutFailureInfo),
    7 => Canceled(CanceledFailureInfo),
    8 => Terminated(TerminatedFailureInfo),
    9 => Server(ServerFailureInfo),
    10 => ResetWorkflow(ResetWorkflowFailureInfo),
    11 => Activity(ActivityFailureInfo),
    12 => ChildWorkflow(ChildWorkflowFailureInfo),
});

impl Default for FailureInfo {
    fn default() -> Self {
        Self::Application(ApplicationFailureInfo::default())
    }
}

impl FailureInfo {
    fn size(&self) -> usize {
        match self {
            Self::Application(it) => it.error_type.len() + it.details.size(),
            Self::Timeout(it) => it.last_heartbeat_details.size(),
            Self::Canceled(it) => it.details.size(),
            Self::ResetWorkflow(it) => it.last_heartbeat_details.size(),
            Self::Terminated(_) | Self::Server(_) => 0,
            Self::Activity(it) => it.activity_id.as_str().len() + it.activity_type.as_str().len(),
            Self::ChildWorkflow(it) => {
                let workflow_id = &it.workflow_execution.workflow_id;
                workflow_id.as_str().len() + it.workflow_type.as_str().len()
            }
        }
    }
}

/// The facts of a failure that user code reported.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplicationFailureInfo {
    /// The user's type of error; retry policies can name it.
    pub error_type: String,
    /// Whether trying again is useless.
    pub non_retryable: bool,
    /// The user's error as data.
    pub details: Payloads,
    /// When to try again, instead of the retry policy's interval.
    pub next_retry_delay: Option<Duration>,
    /// Whether somebody is to be alarmed.
    pub category: ApplicationErrorCategory,
}

wire_enum! {
    /// Whether somebody is to be alarmed by a failure that user code reported.
    pub enum ApplicationErrorCategory {
        /// As by any failure.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// It was to be expected.
        Benign = 1 => "BENIGN",
    }
}

/// The facts of a clock that ran out.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeoutFailureInfo {
    /// Which clock it was.
    pub timeout_type: TimeoutType,
    /// The details of the last heartbeat before it.
    pub last_heartbeat_details: Payloads,
}

/// The facts of a cancellation.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CanceledFailureInfo {
    /// What the canceled party had to say.
    pub details: Payloads,
    /// Who canceled.
    pub identity: Identity,
}

/// The facts of a termination.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminatedFailureInfo {
    /// Who terminated.
    pub identity: Identity,
}

/// The facts of a failure of the engine.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerFailureInfo {
    /// Whether trying again is useless.
    pub non_retryable: bool,
}

/// The facts of a reset.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResetWorkflowFailureInfo {
    /// The details of the last heartbeat before it; sempre has none.
    pub last_heartbeat_details: Payloads,
}

/// The facts of an activity that failed.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityFailureInfo {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started its last attempt.
    pub started_event_id: EventId,
    /// Who ran its last attempt.
    pub identity: Identity,
    /// Its type.
    pub activity_type: ActivityType,
    /// Its id.
    pub activity_id: ActivityId,
    /// Why no further attempt was made.
    pub retry_state: RetryState,
}

/// The facts of a child workflow that failed.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChildWorkflowFailureInfo {
    /// Its last run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The event that says that it was started.
    pub started_event_id: EventId,
    /// Why it was not tried again.
    pub retry_state: RetryState,
}

/// The `source` of failures that sempre writes.
const SOURCE: &str = "RustSempre";

/// The `source` of timeouts that the engine sees to, as histories name a server.
const ENGINE_SOURCE: &str = "Server";

/// What the types of sempre's own application failures begin with, and no type of a user's.
pub const RESERVED_FAILURE_PREFIX: &str = "sempre.";

impl Failure {
    /// A failure of the given kind.
    pub fn new(message: impl Into<String>, info: FailureInfo) -> Self {
        Self {
            message: message.into(),
            source: SOURCE.into(),
            info,
            ..Self::default()
        }
    }

    /// A failure that user code reports, with the user's type of error.
    pub fn application(message: impl Into<String>, error_type: impl Into<String>) -> Self {
        let info = ApplicationFailureInfo {
            error_type: error_type.into(),
            ..Default::default()
        };
        Self::new(message, FailureInfo::Application(info))
    }

    /// A failure that sempre reports about user code, and that a further attempt may get past.
    pub(crate) fn own(message: impl Into<String>, kind: &str) -> Self {
        Self::application(message, format!("{RESERVED_FAILURE_PREFIX}{kind}"))
    }

    /// A failure that sempre reports about user code, and that a further attempt would repeat.
    pub(crate) fn own_final(message: impl Into<String>, kind: &str) -> Self {
        let info = ApplicationFailureInfo {
            error_type: format!("{RESERVED_FAILURE_PREFIX}{kind}"),
            non_retryable: true,
            ..Default::default()
        };
        Self::new(message, FailureInfo::Application(info))
    }

    /// The failure of a clock that ran out.
    pub fn timeout(message: impl Into<String>, timeout_type: TimeoutType) -> Self {
        let info = TimeoutFailureInfo {
            timeout_type,
            ..Default::default()
        };
        Self::new(message, FailureInfo::Timeout(info))
    }

    /// The failure of a clock that the engine keeps.
    pub(crate) fn engine_timeout(message: impl Into<String>, timeout_type: TimeoutType) -> Self {
        Self {
            source: ENGINE_SOURCE.into(),
            ..Self::timeout(message, timeout_type)
        }
    }

    /// The failure of something that was canceled.
    pub fn canceled(message: impl Into<String>, details: Payloads) -> Self {
        let info = CanceledFailureInfo {
            details,
            ..Default::default()
        };
        Self::new(message, FailureInfo::Canceled(info))
    }

    /// A failure of the engine that a further attempt may get past.
    pub fn server(message: impl Into<String>) -> Self {
        Self::new(
            message,
            FailureInfo::Server(ServerFailureInfo {
                non_retryable: false,
            }),
        )
    }

    /// The same failure with what led to it.
    #[must_use]
    pub fn with_cause(mut self, cause: Self) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// Whether the failure was to be expected, so that nobody is to be alarmed.
    pub fn is_benign(&self) -> bool {
        let FailureInfo::Application(info) = &self.info else {
            return false;
        };
        info.category == ApplicationErrorCategory::Benign
    }

    /// This failure and then each cause, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |failure| failure.cause.as_deref())
    }

    /// Bytes of the failure and its causes: what the user can see of them.
    pub fn size(&self) -> usize {
        self.chain()
            .map(|failure| {
                let texts =
                    failure.message.len() + failure.source.len() + failure.stack_trace.len();
                let encoded = failure.encoded_attributes.as_ref();
                texts + failure.info.size() + encoded.map_or(0, Payload::size)
            })
            .sum()
    }

    /// What the failure says, and where it was raised if that is known.
    pub fn with_place(&self) -> String {
        let traces = self.chain().map(|failure| failure.stack_trace.as_str());
        match traces.filter_map(|trace| trace.lines().next()).last() {
            Some(place) => format!("{self} at {place}"),
            None => self.to_string(),
        }
    }

    /// Whether cancellation is what this failure or one of its causes reports.
    pub fn is_canceled(&self) -> bool {
        self.chain()
            .any(|failure| matches!(failure.info, FailureInfo::Canceled(_)))
    }

    /// The clock that ran out, if this failure or one of its causes is a timeout.
    pub fn timeout_type(&self) -> Option<TimeoutType> {
        self.chain().find_map(|failure| match &failure.info {
            FailureInfo::Timeout(timeout) => Some(timeout.timeout_type),
            _ => None,
        })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (depth, failure) in self.chain().enumerate() {
            if depth > 0 {
                f.write_str(": ")?;
            }
            f.write_str(&failure.message)?;
        }
        Ok(())
    }
}
