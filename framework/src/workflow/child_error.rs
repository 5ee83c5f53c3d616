//! Why a child workflow has no result.

use derive_more::{Debug, Display, Error};

use crate::{
    definition::Failure,
    machine::replay::children::ALREADY_STARTED,
    model::{self, ChildWorkflowFailureInfo, EventId, FailureInfo, RetryState},
};

/// Why a child workflow was not started, or has no result.
///
/// Whatever the variant, the failure as history has it is kept: [`failure`](Self::failure).
///
/// # Examples
/// ```
/// use sempre::{ApplicationFailure, workflow::ChildError};
///
/// /// What the parent can do about it.
/// fn advice(error: &ChildError<ApplicationFailure>) -> &str {
///     match error {
///         ChildError::Application { error, .. } => error.error_type(),
///         ChildError::AlreadyStarted { .. } => "take another id",
///         ChildError::Canceled { .. } | ChildError::Terminated { .. } => "nothing",
///         _ => "look at the history",
///     }
/// }
///
/// let error = ApplicationFailure::new("no stock left", "OutOfStock");
/// let failure = Box::new(sempre::Failure::to_failure(&error));
/// assert_eq!(advice(&ChildError::Application { error, failure }), "OutOfStock");
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[display("{}", self.failure())]
#[non_exhaustive]
pub enum ChildError<E> {
    /// Its last run returned its own error.
    Application {
        /// What it returned.
        error: E,
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// Its time ran out, or it failed because something else's did.
    Timeout {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// It was canceled; or it was given up, because the scope of the call was.
    Canceled {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// Somebody ended it.
    Terminated {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// It was not started: its id belongs to a run that does not let it go. Take another id, wait
    /// for that run, or allow closed ones with another id reuse policy.
    AlreadyStarted {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
    /// It failed with something that is not one of its own errors.
    Unrecognized {
        /// The failure as history has it.
        failure: Box<model::Failure>,
    },
}

impl<E: Failure> ChildError<E> {
    /// The error that a failure of the kind `ChildWorkflow` stands for.
    pub(super) fn new(failure: Box<model::Failure>) -> Self {
        let cause = failure.cause.as_deref().unwrap_or(&failure);
        match &cause.info {
            FailureInfo::Canceled(_) => Self::Canceled { failure },
            FailureInfo::Timeout(_) => Self::Timeout { failure },
            FailureInfo::Terminated(_) => Self::Terminated { failure },
            FailureInfo::Application(info)
                if info.error_type == ALREADY_STARTED && never_started(&failure) =>
            {
                Self::AlreadyStarted { failure }
            }
            _ => match E::from_failure(cause) {
                Some(error) => Self::Application { error, failure },
                None => Self::Unrecognized { failure },
            },
        }
    }
}

fn never_started(failure: &model::Failure) -> bool {
    matches!(&failure.info, FailureInfo::ChildWorkflow(info) if info.started_event_id == EventId::NONE)
}

impl<E> ChildError<E> {
    /// The failure as history has it: which child failed, with the reason as its cause.
    pub fn failure(&self) -> &model::Failure {
        match self {
            Self::Application { failure, .. }
            | Self::Timeout { failure }
            | Self::Canceled { failure }
            | Self::Terminated { failure }
            | Self::AlreadyStarted { failure }
            | Self::Unrecognized { failure } => failure,
        }
    }

    /// The child's own error, if that is why it has no result.
    pub fn application(&self) -> Option<&E> {
        match self {
            Self::Application { error, .. } => Some(error),
            _ => None,
        }
    }

    /// The child's own error; this error itself if there is another reason.
    ///
    /// # Errors
    /// This error, unchanged, if it is not an application error.
    pub fn into_application(self) -> Result<E, Self> {
        match self {
            Self::Application { error, .. } => Ok(error),
            other => Err(other),
        }
    }

    /// Which child it was: its last run and its type.
    pub fn child(&self) -> Option<&ChildWorkflowFailureInfo> {
        match &self.failure().info {
            FailureInfo::ChildWorkflow(info) => Some(info),
            _ => None,
        }
    }

    /// Why it was not tried again.
    pub fn retry_state(&self) -> RetryState {
        self.child()
            .map_or(RetryState::Unspecified, |info| info.retry_state)
    }

    /// Whether time ran out.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Whether it was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled { .. })
    }

    /// Whether its id was taken.
    pub fn is_already_started(&self) -> bool {
        matches!(self, Self::AlreadyStarted { .. })
    }
}

impl<E: Failure> Failure for ChildError<E> {
    fn to_failure(&self) -> model::Failure {
        self.failure().clone()
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        matches!(failure.info, FailureInfo::ChildWorkflow(_))
            .then(|| Self::new(Box::new(failure.clone())))
    }
}
