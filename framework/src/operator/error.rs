//! Why an operator's wish about many runs was not carried out.

use derive_more::{Display, Error, From};

use crate::{
    client::{RequestError, RequestOutcome, StartWorkflowError},
    model::{PayloadError, TaskQueue},
};

/// Nothing was set, or it is not known whether it was.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::operator::OperatorError;
///
/// let refused = engine.task_queue("temporal-sys-scheduler").pause("no").await;
/// assert!(matches!(refused, Err(OperatorError::OfEngine { .. })));
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum OperatorError {
    /// It is the engine's own, which nobody pauses or limits. Choose another one.
    #[display("it is the engine's own name={name}")]
    #[from(ignore)]
    OfEngine {
        /// Its name.
        name: String,
    },
    /// This process has no activities on the queue, so there is nothing to be limited. Check the name.
    #[display("task queue has no activities here task_queue={task_queue}")]
    #[from(ignore)]
    NoActivities {
        /// The queue.
        task_queue: TaskQueue,
    },
    /// A name or a reason is empty or too long. Shorten it.
    #[display("{what} is empty or too long bytes={actual} limit={limit}")]
    #[from(ignore)]
    Text {
        /// Which one.
        what: &'static str,
        /// How long it is.
        actual: usize,
        /// How long it may be.
        limit: usize,
    },
    /// It cannot be written.
    #[display("it cannot be written: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// What every request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl OperatorError {
    /// Whether it may have been carried out. It is safe to ask again.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown) it is in force in this process, and may not be in the next
    /// one.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            _ => RequestOutcome::NotDone,
        }
    }
}

impl From<StartWorkflowError> for OperatorError {
    fn from(error: StartWorkflowError) -> Self {
        match error {
            StartWorkflowError::Payload(error) => Self::Payload(error),
            StartWorkflowError::Request(error) => Self::Request(error),
            other => Self::Request(RequestError::Unavailable {
                reason: other.to_string(),
            }),
        }
    }
}
