//! The ready-made error, and the way to it from any other error.

use std::error::Error;

use derive_more::{Display, Error};

use crate::{
    definition::Failure,
    model::{self, ApplicationErrorCategory},
};

/// How many causes of an error are kept.
// Bound: the innermost of a longer chain are dropped, so that a failure stays readable.
const CAUSES_MAX: usize = 16;

/// A ready-made error for user code that wants a message and a type, and no enum of its own.
///
/// ```
/// use sempre::{ApplicationFailure, Failure};
///
/// let error = ApplicationFailure::new("no stock left", "OutOfStock").non_retryable().benign();
/// assert!(error.to_failure().is_benign());
/// assert_eq!(ApplicationFailure::from_failure(&error.to_failure()), Some(error));
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[display("{message}")]
pub struct ApplicationFailure {
    message: String,
    error_type: String,
    non_retryable: bool,
    benign: bool,
    cause: Option<Box<model::Failure>>,
}

impl ApplicationFailure {
    /// An error with this message and type; a retry policy can name the type.
    ///
    /// Types that begin with `sempre.` are those of sempre's own failures.
    pub fn new(message: impl Into<String>, error_type: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            error_type: error_type.into(),
            non_retryable: false,
            benign: false,
            cause: None,
        }
    }

    /// An ordinary error with this type: its message, and those of its causes.
    ///
    /// Takes whatever becomes a boxed error that can be sent: the errors of the standard library and
    /// of other crates, such boxes themselves, `anyhow::Error`, and text. [`OrFailure::or_failure`]
    /// does it for a `Result`.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ApplicationFailure, Failure};
    ///
    /// let error = "12 eggs".parse::<u32>().unwrap_err();
    /// let failure = ApplicationFailure::from_error(error, "BadNumber");
    /// assert_eq!(failure.to_string(), "invalid digit found in string");
    /// assert_eq!(failure.error_type(), "BadNumber");
    /// ```
    pub fn from_error(
        error: impl Into<Box<dyn Error + Send + Sync>>,
        error_type: impl Into<String>,
    ) -> Self {
        let error = error.into();
        Self {
            cause: error.source().and_then(|cause| recorded(cause, CAUSES_MAX)),
            ..Self::new(error.to_string(), error_type)
        }
    }

    /// The same error, after which no further attempt is made.
    #[must_use]
    pub fn non_retryable(mut self) -> Self {
        self.non_retryable = true;
        self
    }

    /// The same error as one that was to be expected: it alarms nobody.
    ///
    /// An attempt that fails with it is no problem of its run, and its log line is one for those who look
    /// for faults.
    #[must_use]
    pub fn benign(mut self) -> Self {
        self.benign = true;
        self
    }

    /// The same error, with what led to it.
    #[must_use]
    pub fn with_cause(mut self, cause: model::Failure) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The type it was given.
    pub fn error_type(&self) -> &str {
        &self.error_type
    }

    /// What led to it, if that is known.
    pub fn cause(&self) -> Option<&model::Failure> {
        self.cause.as_deref()
    }
}

/// A cause of an error, with its own causes; the type of an error of somebody else's is not known.
fn recorded(error: &(dyn Error + 'static), causes_left: usize) -> Option<Box<model::Failure>> {
    let causes_left = causes_left.checked_sub(1)?;
    if let Some(failure) = error.downcast_ref::<ApplicationFailure>() {
        return Some(Box::new(failure.to_failure()));
    }
    let failure = model::Failure::application(error.to_string(), "");
    let cause = error
        .source()
        .and_then(|cause| recorded(cause, causes_left));
    Some(Box::new(model::Failure { cause, ..failure }))
}

impl Failure for ApplicationFailure {
    fn to_failure(&self) -> model::Failure {
        let info = model::ApplicationFailureInfo {
            error_type: self.error_type.clone(),
            non_retryable: self.non_retryable,
            category: if self.benign {
                ApplicationErrorCategory::Benign
            } else {
                ApplicationErrorCategory::Unspecified
            },
            ..Default::default()
        };
        model::Failure {
            cause: self.cause.clone(),
            ..model::Failure::new(&self.message, model::FailureInfo::Application(info))
        }
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        let model::FailureInfo::Application(info) = &failure.info else {
            return None;
        };
        Some(Self {
            message: failure.message.clone(),
            error_type: info.error_type.clone(),
            non_retryable: info.non_retryable,
            benign: failure.is_benign(),
            cause: failure.cause.clone(),
        })
    }
}

/// Turns the error of a `Result` into an [`ApplicationFailure`].
///
/// # Examples
/// ```
/// use sempre::{ApplicationFailure, OrFailure, activity};
///
/// #[activity(start_to_close = "10s")]
/// fn read(path: String) -> Result<String, ApplicationFailure> {
///     std::fs::read_to_string(path).or_failure("Io")
/// }
///
/// let error = read::call("/no/such/file".into()).unwrap_err();
/// assert_eq!(error.error_type(), "Io");
///
/// // A boxed error and a text are errors as well.
/// let boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> = Err("no luck".into());
/// assert_eq!(boxed.or_failure("Luck").unwrap_err().to_string(), "no luck");
/// assert!(Err::<(), _>("no luck").or_failure("Luck").is_err());
/// ```
pub trait OrFailure<T> {
    /// The same value, or a failure of this type with the error's message and causes.
    ///
    /// # Errors
    /// The error, as an [`ApplicationFailure`].
    fn or_failure(self, error_type: impl Into<String>) -> Result<T, ApplicationFailure>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> OrFailure<T> for Result<T, E> {
    fn or_failure(self, error_type: impl Into<String>) -> Result<T, ApplicationFailure> {
        self.map_err(|error| ApplicationFailure::from_error(error, error_type))
    }
}
