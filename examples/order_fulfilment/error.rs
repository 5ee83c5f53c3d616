//! What a refused request is over HTTP.

use actix_web::{ResponseError, http::StatusCode};
use derive_more::{Display, Error, From};
use sempre::client::{
    QueryWorkflowError, SignalWorkflowError, StartWorkflowError, WorkflowRequestError,
};

/// A request that was not carried out.
#[derive(Debug, Display, Error, From)]
pub(crate) enum ApiError {
    Start(StartWorkflowError),
    Signal(SignalWorkflowError),
    Query(QueryWorkflowError),
    Read(WorkflowRequestError),
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Start(StartWorkflowError::AlreadyStarted { .. })
            | Self::Signal(SignalWorkflowError::Closed { .. }) => StatusCode::CONFLICT,
            Self::Start(StartWorkflowError::Rejected(_))
            | Self::Signal(SignalWorkflowError::Rejected(_)) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Signal(SignalWorkflowError::NotFound { .. })
            | Self::Query(QueryWorkflowError::NotFound { .. })
            | Self::Read(WorkflowRequestError::NotFound { .. }) => StatusCode::NOT_FOUND,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
