//! Errors of user code that survive a crash as the type they were.

use std::convert::Infallible;

use derive_more::{Display, Error};

use crate::model;

/// A user's error that can be written to a history and read back as the same type.
///
/// Written by `#[derive(Failure)]`; its message is its `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a failure that can be read back from a history",
    note = "an error type is marked with `#[derive(Failure)]`; `ApplicationFailure` is ready-made"
)]
pub trait Failure: std::error::Error + Sized + 'static {
    /// The failure that stands for this error in a history.
    fn to_failure(&self) -> model::Failure;

    /// The error that a recorded failure stands for; `None` if it was not written by this type.
    fn from_failure(failure: &model::Failure) -> Option<Self>;
}

impl Failure for Infallible {
    fn to_failure(&self) -> model::Failure {
        match *self {}
    }

    fn from_failure(_: &model::Failure) -> Option<Self> {
        None
    }
}

/// A ready-made error for user code that wants a message and a type, and no enum of its own.
///
/// ```
/// use sempre::{ApplicationFailure, Failure};
///
/// let error = ApplicationFailure::new("no stock left", "OutOfStock").non_retryable();
/// assert_eq!(ApplicationFailure::from_failure(&error.to_failure()), Some(error));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{message}")]
pub struct ApplicationFailure {
    message: String,
    error_type: String,
    non_retryable: bool,
}

impl ApplicationFailure {
    /// An error with this message and type; a retry policy can name the type.
    pub fn new(message: impl Into<String>, error_type: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            error_type: error_type.into(),
            non_retryable: false,
        }
    }

    /// The same error, after which no further attempt is made.
    #[must_use]
    pub fn non_retryable(mut self) -> Self {
        self.non_retryable = true;
        self
    }

    /// The type it was given.
    pub fn error_type(&self) -> &str {
        &self.error_type
    }
}

impl Failure for ApplicationFailure {
    fn to_failure(&self) -> model::Failure {
        let info = model::ApplicationFailureInfo {
            error_type: self.error_type.clone(),
            non_retryable: self.non_retryable,
            ..Default::default()
        };
        model::Failure::new(&self.message, model::FailureInfo::Application(info))
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        let model::FailureInfo::Application(info) = &failure.info else {
            return None;
        };
        Some(Self {
            message: failure.message.clone(),
            error_type: info.error_type.clone(),
            non_retryable: info.non_retryable,
        })
    }
}
