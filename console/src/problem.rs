//! Requests that were refused: the status code, and what to say about it.

use std::time::Duration;

use derive_more::Display;
use http::StatusCode;
use sempre::{
    ApplicationFailure,
    client::{
        DeleteWorkflowError, ListRunsError, QueryWorkflowError, RequestError, ResumeWorkflowError,
        RetryNowError, SignalWorkflowError, StartWorkflowError, StopWorkflowError, UpdateError,
    },
    machine::execution::Rejection,
    schedule::ScheduleError,
};

/// A request that was refused.
#[derive(Clone, PartialEq, Debug, Display)]
#[display("{message}")]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
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
        let status = match &error {
            RequestError::NotFound { .. } => StatusCode::NOT_FOUND,
            RequestError::Rejected(Rejection::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            RequestError::Rejected(_) => StatusCode::BAD_REQUEST,
            RequestError::Quarantined { .. } | RequestError::Damaged { .. } => StatusCode::CONFLICT,
            // Whoever asks again later may have an answer.
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        let retry_after = match &error {
            RequestError::Busy { retry_after } => Some(*retry_after),
            _ => None,
        };
        Self {
            retry_after,
            ..Self::new(status, error.to_string())
        }
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
        match error {
            E::Request(error) => error.into(),
            E::Closed { .. }
            | E::NotReady { .. }
            | E::Unfinished
            | E::TooMany { .. }
            | E::TooManyInFlight { .. } => Self::conflict(&error),
            E::Unknown { .. } | E::Accepted { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            E::Payload(_) => Self::bad_request(error.to_string()),
            other => Self::unprocessable(&other),
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
    ResumeWorkflowError,
    RetryNowError,
    StopWorkflowError,
}
