//! Why a bulk job was not started, or a request about one has no answer.

use derive_more::{Display, Error, From};

use crate::{
    client::{
        ListRunsError, QueryWorkflowError, RequestError, RequestOutcome, StartWorkflowError,
        StopWorkflowError, UpdateError,
    },
    model::PayloadError,
};

/// A bulk job that makes no sense; nothing has been started.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{field} {problem}")]
#[non_exhaustive]
pub struct InvalidBulk {
    /// The field that has to be another.
    pub field: &'static str,
    /// What is wrong with it.
    #[error(not(source))]
    pub problem: String,
}

impl InvalidBulk {
    pub(super) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }
}

/// A request about a bulk job was refused or has no answer.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::bulk::BulkError;
///
/// let everything = engine.bulk("").terminate("tidying up").start().await;
/// assert_eq!(everything.unwrap_err(), BulkError::NoFilter);
///
/// let error = engine.bulk("WorkflowTyp = 'Order'").dry_run().await.unwrap_err();
/// assert!(error.to_string().contains("did you mean WorkflowType? column=1"));
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum BulkError {
    /// The filter lets all runs pass. Give one, or say [`all_runs`](crate::bulk::Bulk::all_runs) if that
    /// is what is meant.
    #[display("filter is empty, which every run passes; say all_runs if that is meant")]
    #[from(ignore)]
    NoFilter,
    /// The runs cannot be found. Mend the filter where it says so.
    #[display("{_0}")]
    Runs(#[error(source)] ListRunsError),
    /// The job makes no sense. Mend the field that is named.
    #[display("bulk job: {_0}")]
    Invalid(#[error(source)] InvalidBulk),
    /// There is a job with this id that was asked to do something else. Choose another id, or delete
    /// that job once it has ended.
    #[display("bulk job already exists job_id={job_id}")]
    #[from(ignore)]
    AlreadyExists {
        /// Its id.
        job_id: String,
    },
    /// There is no job with this id: none was started, or it is not kept any longer.
    #[display("bulk job not found job_id={job_id}")]
    #[from(ignore)]
    NotFound {
        /// The id that was asked for.
        job_id: String,
    },
    /// The job has ended, and cannot be held back or canceled.
    #[display("bulk job has ended job_id={job_id}")]
    #[from(ignore)]
    Ended {
        /// Its id.
        job_id: String,
    },
    /// The job goes on, and cannot be deleted. Cancel it first.
    #[display("bulk job has not ended job_id={job_id}")]
    #[from(ignore)]
    NotEnded {
        /// Its id.
        job_id: String,
    },
    /// The arguments of the signal cannot be written. Mend their type.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// What every request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl BulkError {
    /// Whether the request may have taken effect.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), start the job again under the same id: there is one
    /// then, whether or not there was one before.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            _ => RequestOutcome::NotDone,
        }
    }

    /// The error of a request about this job.
    pub(super) fn of_request(job_id: &str, error: RequestError) -> Self {
        match error {
            RequestError::NotFound { .. } => Self::not_found(job_id),
            other => Self::Request(other),
        }
    }

    pub(super) fn not_found(job_id: &str) -> Self {
        Self::NotFound {
            job_id: job_id.to_owned(),
        }
    }

    pub(super) fn ended(job_id: &str) -> Self {
        Self::Ended {
            job_id: job_id.to_owned(),
        }
    }

    pub(super) fn unavailable(reason: &impl ToString) -> Self {
        Self::Request(RequestError::Unavailable {
            reason: reason.to_string(),
        })
    }

    pub(super) fn of_start(job_id: &str, error: StartWorkflowError) -> Self {
        match error {
            StartWorkflowError::AlreadyStarted { .. } => Self::AlreadyExists {
                job_id: job_id.to_owned(),
            },
            StartWorkflowError::Payload(error) => Self::Payload(error),
            StartWorkflowError::Request(error) => Self::Request(error),
            other => Self::unavailable(&other),
        }
    }

    pub(super) fn of_steering(job_id: &str, error: UpdateError<std::convert::Infallible>) -> Self {
        match error {
            UpdateError::Closed { .. } => Self::ended(job_id),
            UpdateError::Payload(error) => Self::Payload(error),
            UpdateError::Request(error) => Self::of_request(job_id, error),
            other if other.outcome() == RequestOutcome::Unknown => {
                Self::Request(RequestError::Unknown {
                    reason: other.to_string(),
                    request_id: None,
                })
            }
            other => Self::unavailable(&other),
        }
    }

    pub(super) fn of_query(job_id: &str, error: QueryWorkflowError) -> Self {
        match error {
            QueryWorkflowError::Request(error) => Self::of_request(job_id, error),
            other => Self::unavailable(&other),
        }
    }

    pub(super) fn of_stop(job_id: &str, error: StopWorkflowError) -> Self {
        match error {
            StopWorkflowError::Request(error) => Self::of_request(job_id, error),
            _ => Self::ended(job_id),
        }
    }
}
