//! What a refused request is over HTTP.

use actix_web::{ResponseError, http::StatusCode};
use derive_more::{Display, Error, From};
use sempre::client::{QueryWorkflowError, RequestError, SignalWorkflowError, StartWorkflowError};

/// A request that was not carried out.
#[derive(Debug, Display, Error, From)]
pub(crate) enum ApiError {
    Start(StartWorkflowError),
    Signal(SignalWorkflowError),
    Query(QueryWorkflowError),
    Read(RequestError),
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Start(StartWorkflowError::AlreadyStarted { .. })
            | Self::Signal(SignalWorkflowError::Closed { .. }) => StatusCode::CONFLICT,
            Self::Start(StartWorkflowError::Request(error))
            | Self::Signal(SignalWorkflowError::Request(error))
            | Self::Query(QueryWorkflowError::Request(error))
            | Self::Read(error) => status_of(error),
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// What any request can meet.
fn status_of(error: &RequestError) -> StatusCode {
    match error {
        RequestError::NotFound { .. } => StatusCode::NOT_FOUND,
        RequestError::Rejected(_) => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
