//! How a bulk job stands.

use crate::{
    bulk::{
        BulkOperation,
        ledger::{Ledger, Pause},
        verdict::RunProblem,
    },
    client::WorkflowDescription,
    model::{ExecutionStatus, Identity, Timestamp, WorkflowExecution},
};

/// How a bulk job stands.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct BulkJobDescription {
    /// Its id.
    pub job_id: String,
    /// The filter that its runs have passed.
    pub filter: String,
    /// What it does to each of them.
    pub operation: BulkOperation,
    /// How many it acts on in a second at most.
    pub rate: u32,
    /// Why it was started.
    pub reason: String,
    /// Who has started it.
    pub identity: Identity,
    /// Whether it goes on, and how it has ended.
    pub state: BulkJobState,
    /// Whether its runs are still being found: `matched` grows until they are.
    pub is_finding: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it has ended.
    pub ended_at: Option<Timestamp>,
    /// The runs that it is about, as far as they are found.
    pub matched: u64,
    /// Those that it has acted on.
    pub done: u64,
    /// Those to which there was nothing to be done: they had closed, say, or were deleted.
    pub skipped: u64,
    /// Those that refused.
    pub failed: u64,
    /// The first ten that refused.
    pub failures: Vec<BulkFailure>,
    /// Who holds it back, since when and why, if somebody does.
    pub pause: Option<BulkJobPause>,
    /// What it waits for, if that is not its rate: an engine that is busy, or a run that does not answer.
    pub waits_for: Option<String>,
    /// Why it has failed, if it has.
    pub problem: Option<String>,
}

/// Whether a bulk job goes on, and how it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, derive_more::Display)]
#[non_exhaustive]
pub enum BulkJobState {
    /// It goes on.
    #[display("running")]
    Running,
    /// It is held back.
    #[display("paused")]
    Paused,
    /// All of its runs were tried.
    #[display("completed")]
    Completed,
    /// Somebody has canceled or terminated it.
    #[display("canceled")]
    Canceled,
    /// It could not go on.
    #[display("failed")]
    Failed,
}

/// A run that refused what a bulk job wanted to do to it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BulkFailure {
    /// The run.
    pub execution: WorkflowExecution,
    /// Why it refused.
    pub error: String,
}

/// Who holds a bulk job back.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BulkJobPause {
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub identity: Identity,
    /// Why.
    pub reason: String,
}

impl BulkJobState {
    /// Whether the job has not ended.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

impl BulkJobDescription {
    pub(super) fn new(run: &WorkflowDescription, ledger: Ledger, problem: Option<String>) -> Self {
        let state = match run.status {
            ExecutionStatus::Running | ExecutionStatus::ContinuedAsNew
                if ledger.pause.is_none() =>
            {
                BulkJobState::Running
            }
            ExecutionStatus::Running
            | ExecutionStatus::ContinuedAsNew
            | ExecutionStatus::Paused => BulkJobState::Paused,
            ExecutionStatus::Completed => BulkJobState::Completed,
            ExecutionStatus::Canceled | ExecutionStatus::Terminated => BulkJobState::Canceled,
            _ => BulkJobState::Failed,
        };
        Self {
            is_finding: state.is_open() && ledger.is_finding(),
            started_at: ledger.began_at.unwrap_or(run.started_at),
            ended_at: run.closed_at.filter(|_| !state.is_open()),
            matched: ledger.matched,
            done: ledger.counts.done,
            skipped: ledger.counts.skipped,
            failed: ledger.counts.failed,
            failures: ledger.failures.into_iter().map(BulkFailure::from).collect(),
            pause: ledger
                .pause
                .filter(|_| state.is_open())
                .map(BulkJobPause::from),
            waits_for: ledger.held_up.filter(|_| state.is_open()),
            problem,
            job_id: ledger.spec.job_id,
            filter: ledger.spec.filter,
            operation: ledger.spec.operation,
            rate: ledger.spec.rate,
            reason: ledger.spec.reason,
            identity: ledger.spec.identity,
            state,
        }
    }

    /// The runs that were tried.
    pub fn tried(&self) -> u64 {
        self.done + self.skipped + self.failed
    }
}

impl From<RunProblem> for BulkFailure {
    fn from(problem: RunProblem) -> Self {
        Self {
            execution: problem.execution,
            error: problem.cause,
        }
    }
}

impl From<Pause> for BulkJobPause {
    fn from(pause: Pause) -> Self {
        Self {
            at: pause.at,
            identity: pause.identity,
            reason: pause.reason,
        }
    }
}
