//! Requests that were not carried out: the status code, what to say about it, and what they have
//! changed nevertheless.

use std::time::Duration;

use derive_more::Display;
use http::StatusCode;
use sempre::{
    ApplicationFailure,
    bulk::BulkError,
    client::{
        DeleteWorkflowError, ListRunsError, QueryWorkflowError, RequestError, RequestOutcome,
        ResetWorkflowError, ResumeWorkflowError, RetryNowError, SignalWorkflowError,
        StartWorkflowError, SteerWorkflowError, StopWorkflowError, UpdateError,
    },
    machine::execution::Rejection,
    operator::OperatorError,
    runtime::BackupError,
    schedule::ScheduleError,
    storage::StorageErrorKind,
};

/// When to ask an engine again that does not answer now, and says nothing else.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What a request has changed that was not carried out as it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// Nothing, and it never will.
    None,
    /// It may have changed something, or may still do so.
    Unknown,
    /// It has taken effect, and what came of it is not what was hoped for.
    Done,
}

impl Effect {
    /// The effect as programs are told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unknown => "unknown",
            Self::Done => "done",
        }
    }
}

impl From<RequestOutcome> for Effect {
    fn from(outcome: RequestOutcome) -> Self {
        match outcome {
            RequestOutcome::NotDone => Self::None,
            RequestOutcome::Unknown => Self::Unknown,
        }
    }
}

/// A request that was refused, or was not carried out as it was asked for.
#[derive(Clone, PartialEq, Debug, Display)]
#[display("{message}")]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    /// What it has changed nevertheless.
    pub(crate) effect: Effect,
    /// Where in a filter it lies, in characters from 1.
    pub(crate) column: Option<usize>,
    /// When to try again.
    pub(crate) retry_after: Option<Duration>,
    /// What a browser is to ask its user for.
    pub(crate) challenge: Option<String>,
    /// The methods that would do.
    pub(crate) allow: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            effect: Effect::None,
            column: None,
            retry_after: None,
            challenge: None,
            allow: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    fn conflict(error: &impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, error.to_string())
    }

    fn unprocessable(error: &impl ToString) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    }

    /// That it takes an engine, and there is a store alone.
    pub(crate) fn at_rest() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "no engine runs on this store, which is only read here; start the service, and ask its \
             console",
        )
    }

    /// That the service cannot answer now, and may later.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self {
            retry_after: Some(RETRY_AFTER),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }

    fn with(self, effect: impl Into<Effect>) -> Self {
        Self {
            effect: effect.into(),
            ..self
        }
    }

    /// That the method is another one than these.
    pub(crate) fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("the method is not allowed here; use {allow}"),
            )
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        use RequestError as E;
        let (said, outcome) = (error.to_string(), error.outcome());
        let problem = match error {
            E::NotFound { .. } => Self::not_found(said),
            E::Rejected(Rejection::TooLarge { .. }) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, said)
            }
            E::Rejected(_) => Self::bad_request(said),
            E::Quarantined { .. } | E::Damaged { .. } => Self::conflict(&said),
            E::Busy { retry_after } => Self {
                retry_after: Some(retry_after),
                ..Self::unavailable(said)
            },
            // Whoever asks again later may have an answer.
            _ => Self::unavailable(said),
        };
        problem.with(outcome)
    }
}

impl From<ListRunsError> for Problem {
    fn from(error: ListRunsError) -> Self {
        match error {
            ListRunsError::Filter(error) => Self {
                column: Some(error.column()),
                ..Self::bad_request(error.to_string())
            },
            ListRunsError::Request(error) => error.into(),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<QueryWorkflowError> for Problem {
    fn from(error: QueryWorkflowError) -> Self {
        match error {
            QueryWorkflowError::Request(error) => error.into(),
            QueryWorkflowError::NotReady { .. } => Self::conflict(&error),
            other => Self::unprocessable(&other),
        }
    }
}

impl From<SignalWorkflowError> for Problem {
    fn from(error: SignalWorkflowError) -> Self {
        match error {
            SignalWorkflowError::Request(error) => error.into(),
            SignalWorkflowError::Closed { .. } => Self::conflict(&error),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<UpdateError<ApplicationFailure>> for Problem {
    fn from(error: UpdateError<ApplicationFailure>) -> Self {
        use UpdateError as E;
        let outcome = error.outcome();
        match error {
            E::Request(error) => error.into(),
            E::Closed { .. }
            | E::NotReady { .. }
            | E::TooMany { .. }
            | E::TooManyInFlight { .. } => Self::conflict(&error),
            // It was accepted, and stands in the history.
            E::Unfinished => Self::conflict(&error).with(Effect::Done),
            E::Failed(_) | E::FailedOtherwise(_) | E::Result(_) => {
                Self::unprocessable(&error).with(Effect::Done)
            }
            E::Unknown { .. } | E::Accepted { .. } => {
                Self::unavailable(error.to_string()).with(outcome)
            }
            E::Payload(_) => Self::bad_request(error.to_string()),
            other => Self::unprocessable(&other).with(outcome),
        }
    }
}

impl From<StartWorkflowError> for Problem {
    fn from(error: StartWorkflowError) -> Self {
        match error {
            StartWorkflowError::Request(error) => error.into(),
            StartWorkflowError::AlreadyStarted { .. } => Self::conflict(&error),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Request(error) => error.into(),
            ScheduleError::NotFound { .. } => Self::not_found(error.to_string()),
            ScheduleError::AlreadyExists { .. } | ScheduleError::Conflict => Self::conflict(&error),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<OperatorError> for Problem {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::Request(error) => error.into(),
            OperatorError::NoActivities { .. } => Self::not_found(error.to_string()),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<BulkError> for Problem {
    fn from(error: BulkError) -> Self {
        match error {
            BulkError::Request(error) => error.into(),
            BulkError::Runs(error) => error.into(),
            BulkError::NotFound { .. } => Self::not_found(error.to_string()),
            BulkError::AlreadyExists { .. }
            | BulkError::Ended { .. }
            | BulkError::NotEnded { .. } => Self::conflict(&error),
            other => Self::bad_request(other.to_string()),
        }
    }
}

impl From<BackupError> for Problem {
    fn from(error: BackupError) -> Self {
        let said = error.to_string();
        match error {
            BackupError::Storage(error) if error.kind() == StorageErrorKind::Unsupported => {
                Self::conflict(&said)
            }
            BackupError::NoPayloadStorage => Self::conflict(&said),
            // Whoever asks again later may have one.
            _ => Self::unavailable(said),
        }
    }
}

/// Errors that are those of any request, or say that the run is not as it would have to be.
macro_rules! of_run_or_conflict {
    ($($error:ident,)*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                match error {
                    $error::Request(error) => error.into(),
                    other => Self::conflict(&other),
                }
            }
        }
    )*};
}

of_run_or_conflict! {
    DeleteWorkflowError,
    ResetWorkflowError,
    ResumeWorkflowError,
    RetryNowError,
    SteerWorkflowError,
    StopWorkflowError,
}
