//! What a workflow's own calls fail with.

use std::sync::Arc;

use derive_more::{Debug, Display, Error};

use crate::{
    definition::Failure,
    model::{self, ActivityFailureInfo, FailureInfo, Payloads, RetryState, TimeoutType},
};

/// Something was given up because the run, or the scope it belongs to, was canceled.
///
/// It tells the reason that was given: by whoever asked the run to stop, or in
/// [`WorkflowContext::cancel`](crate::WorkflowContext::cancel).
///
/// # Examples
/// ```
/// use sempre::{Failure, workflow::Canceled};
///
/// let canceled = Canceled::new("rush order");
/// assert_eq!(canceled.to_string(), "canceled: rush order");
/// assert_eq!(Canceled::from_failure(&canceled.to_failure()), Some(canceled));
/// assert_eq!(Canceled::default().reason(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Display, Error)]
#[display("{CANCELED}{}{}", if reason.is_some() { ": " } else { "" }, self.reason().unwrap_or_default())]
pub struct Canceled {
    reason: Option<Arc<str>>,
}

/// What a cancellation without a reason is called.
const CANCELED: &str = "canceled";

impl Canceled {
    /// With this reason; an empty one is none.
    pub fn new(reason: impl AsRef<str>) -> Self {
        let reason = reason.as_ref();
        Self {
            reason: (!reason.is_empty()).then(|| reason.into()),
        }
    }

    /// The reason that was given, if there was one.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl Failure for Canceled {
    fn to_failure(&self) -> model::Failure {
        model::Failure::canceled(self.to_string(), Payloads::EMPTY)
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        let FailureInfo::Canceled(_) = failure.info else {
            return None;
        };
        let said = failure.message.strip_prefix(CANCELED);
        let reason =
            said.and_then(|said| said.strip_prefix(": ").or(said.is_empty().then_some("")));
        // Another library says in words of its own that something was canceled.
        Some(Self::new(reason.unwrap_or(&failure.message)))
    }
}

/// Why a wait with a limit did not end as hoped.
///
/// # Examples
/// ```
/// use sempre::{Failure, WaitError};
///
/// assert!(WaitError::TimedOut.is_timeout());
/// let failure = WaitError::TimedOut.to_failure();
/// assert_eq!(WaitError::from_failure(&failure), Some(WaitError::TimedOut));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The time was up first.
    #[display("wait timed out")]
    TimedOut,
    /// The run, or the scope of the wait, was canceled.
    #[display("{_0}")]
    Canceled(#[error(not(source))] Canceled),
}

impl WaitError {
    /// Whether the time was up.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut)
    }

    /// Whether the wait was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled(_))
    }
}

impl From<Canceled> for WaitError {
    fn from(canceled: Canceled) -> Self {
        Self::Canceled(canceled)
    }
}

impl Failure for WaitError {
    fn to_failure(&self) -> model::Failure {
        match self {
            Self::TimedOut => model::Failure::timeout(self.to_string(), TimeoutType::StartToClose),
            Self::Canceled(canceled) => canceled.to_failure(),
        }
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        match &failure.info {
            FailureInfo::Timeout(_) => Some(Self::TimedOut),
            FailureInfo::Canceled(_) => Canceled::from_failure(failure).map(Self::Canceled),
            _ => None,
        }
    }
}

/// Why an activity has no result.
///
/// Whatever the variant, the failure as history has it is kept: [`failure`](Self::failure).
///
/// # Examples
/// ```
/// use sempre::{ActivityError, ApplicationFailure};
///
/// /// What the caller can do about it.
/// fn advice(error: &ActivityError<ApplicationFailure>) -> &str {
///     match error {
///         ActivityError::Application { error, .. } => error.error_type(),
///         ActivityError::Timeout { .. } => "ask again later",
///         ActivityError::Canceled { .. } => "nothing",
///         _ => "look at the history",
///     }
/// }
///
/// let error = ApplicationFailure::new("no stock left", "OutOfStock");
/// let failure = Box::new(sempre::Failure::to_failure(&error));
/// assert_eq!(advice(&ActivityError::Application { error, failure }), "OutOfStock");
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[display("{}", self.failure())]
#[non_exhaustive]
pub enum ActivityError<E> {
    /// The activity returned its own error, and no further attempt is made.
    Application {
        /// What it returned.
        error: E,
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// One of its clocks ran out for good.
    Timeout {
        /// Which one.
        timeout_type: TimeoutType,
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// It was canceled.
    Canceled {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// It failed with something that is not one of its own errors, such as a panic.
    Unrecognized {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
}

impl<E: Failure> ActivityError<E> {
    /// The error that a failure of the kind `Activity` stands for.
    pub(super) fn new(failure: Box<model::Failure>) -> Self {
        let cause = failure.cause.as_deref().unwrap_or(&failure);
        match &cause.info {
            FailureInfo::Canceled(_) => Self::Canceled { failure },
            FailureInfo::Timeout(timeout) => Self::Timeout {
                timeout_type: timeout.timeout_type,
                failure,
            },
            _ => match E::from_failure(cause) {
                Some(error) => Self::Application { error, failure },
                None => Self::Unrecognized { failure },
            },
        }
    }
}

impl<E> ActivityError<E> {
    /// The failure as history has it: what failed, with the reason as its cause.
    pub fn failure(&self) -> &model::Failure {
        match self {
            Self::Application { failure, .. }
            | Self::Timeout { failure, .. }
            | Self::Canceled { failure }
            | Self::Unrecognized { failure } => failure,
        }
    }

    /// The activity's own error, if that is why it has no result.
    pub fn application(&self) -> Option<&E> {
        match self {
            Self::Application { error, .. } => Some(error),
            Self::Timeout { .. } | Self::Canceled { .. } | Self::Unrecognized { .. } => None,
        }
    }

    /// The activity's own error; this error itself if there is another reason.
    ///
    /// # Errors
    /// This error, unchanged, if it is not an application error.
    pub fn into_application(self) -> Result<E, Self> {
        match self {
            Self::Application { error, .. } => Ok(error),
            other => Err(other),
        }
    }

    /// Which activity it was: its type, its id and who ran it.
    pub fn activity(&self) -> Option<&ActivityFailureInfo> {
        match &self.failure().info {
            FailureInfo::Activity(info) => Some(info),
            _ => None,
        }
    }

    /// Why no further attempt was made.
    pub fn retry_state(&self) -> RetryState {
        self.activity()
            .map_or(RetryState::Unspecified, |info| info.retry_state)
    }

    /// Whether one of the activity's clocks ran out.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Whether the activity was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled { .. })
    }
}

impl<E: Failure> Failure for ActivityError<E> {
    fn to_failure(&self) -> model::Failure {
        self.failure().clone()
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        matches!(failure.info, FailureInfo::Activity(_))
            .then(|| Self::new(Box::new(failure.clone())))
    }
}
