//! A bulk job as its callers hold it.

use std::{collections::BTreeMap, sync::Arc};

use derive_more::Debug;

use crate::{
    bulk::{
        BulkError, BulkJobDescription, BulkJobState, BulkResults,
        act::at_run,
        job::{BulkJob, BulkJobHandle as _},
        ledger::{Ledger, Steering},
        record::Recorded,
        results::Wanted,
    },
    client::{Refusal, WorkflowHandle, WorkflowService},
    model::{EventAttributes, Identity, RunId, WorkflowExecution, bulk::bulk_workflow_id},
};

/// A bulk job by its id.
///
/// A cheap clone that holds nothing alive. Made by [`StartBulk::start`](crate::bulk::StartBulk::start) and
/// [`Engine::bulk_job`](crate::Engine::bulk_job).
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::bulk::BulkJobState;
///
/// engine.workflow::<Order>("order-42").start(()).await?;
/// let job = engine.bulk("WorkflowType = 'Order'").cancel("out of stock").start().await?;
/// assert_eq!(job.result().await?.done, 1);
///
/// // Anybody finds it by its id, until it is deleted.
/// let same = engine.bulk_job(job.id());
/// assert_eq!(same.describe().await?.state, BulkJobState::Completed);
/// same.delete().await?;
/// assert!(job.describe().await.is_err());
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct BulkJobHandle {
    job_id: String,
    identity: Identity,
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
}

impl BulkJobHandle {
    pub(crate) fn new(
        service: Arc<dyn WorkflowService>,
        identity: Identity,
        job_id: String,
    ) -> Self {
        Self {
            job_id,
            identity,
            service,
        }
    }

    /// The same job in the name of somebody, who stands in the history of what is done to it. Default:
    /// this process.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = identity.into();
        self
    }

    /// The job's id.
    pub fn id(&self) -> &str {
        &self.job_id
    }

    pub(super) fn workflow(&self) -> WorkflowHandle<BulkJob> {
        let (service, identity) = (Arc::clone(&self.service), self.identity.clone());
        WorkflowHandle::new(service, identity, bulk_workflow_id(&self.job_id))
    }

    pub(super) async fn ledger(&self) -> Result<Ledger, BulkError> {
        let ledger = self.workflow().ledger().await;
        ledger.map_err(|error| BulkError::of_query(self.id(), error))
    }

    /// How the job stands: whether it goes on, how far it has got, and which runs have refused.
    ///
    /// # Errors
    /// [`BulkError`] if there is none, or the engine does not answer.
    pub async fn describe(&self) -> Result<BulkJobDescription, BulkError> {
        let workflow = self.workflow();
        let run = workflow.describe().await;
        let run = run.map_err(|error| BulkError::of_request(self.id(), error))?;
        let problem = if run.status.is_open() {
            None
        } else {
            self.problem(&run.execution).await?
        };
        Ok(BulkJobDescription::new(&run, self.ledger().await?, problem))
    }

    /// Why a run of the job has failed, if it has.
    async fn problem(&self, run: &WorkflowExecution) -> Result<Option<String>, BulkError> {
        match self.service.await_close(at_run(run)).await {
            Ok(EventAttributes::WorkflowExecutionFailed(it)) => Ok(Some(it.failure.message)),
            Ok(EventAttributes::WorkflowExecutionTerminated(it)) => Ok(Some(it.reason)),
            Ok(_) => Ok(None),
            Err(refusal) => Err(self.refused(refusal)),
        }
    }

    fn refused(&self, refusal: Refusal) -> BulkError {
        BulkError::of_request(self.id(), refusal.into())
    }

    /// Waits for the end of the job, and says how it stands then.
    ///
    /// # Errors
    /// [`BulkError`] if there is none, or the engine does not answer.
    pub async fn result(&self) -> Result<BulkJobDescription, BulkError> {
        let workflow = self.workflow();
        let run = workflow.describe().await;
        let run = run.map_err(|error| BulkError::of_request(self.id(), error))?;
        let mut target = at_run(&run.execution);
        target.reach = crate::client::Reach::Chain;
        let closed = self.service.await_close(target).await;
        closed.map_err(|refusal| self.refused(refusal))?;
        self.describe().await
    }

    /// What came of each of its runs, a hundred to a page; the first page is 0.
    ///
    /// They are numbered in the order in which the job acts on them, the latest run first.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::bulk::BulkOutcome;
    ///
    /// engine.workflow::<Order>("order-1").start(()).await?.terminate("a test order").await?;
    /// engine.workflow::<Order>("order-2").start(()).await?;
    /// let job = engine.bulk("WorkflowType = 'Order'").terminate("test orders").start().await?;
    /// job.result().await?;
    ///
    /// let page = job.results(0).await?;
    /// let done = page.results.iter().filter(|it| it.outcome == BulkOutcome::Done).count();
    /// let is_skipped = |outcome: &_| matches!(outcome, BulkOutcome::Skipped { .. });
    /// let skipped = page.results.iter().filter(|it| is_skipped(&it.outcome)).count();
    /// assert_eq!((done, skipped, page.next), (1, 1, None));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BulkError`] if there is no such job, or the engine does not answer.
    pub async fn results(&self, page: u64) -> Result<BulkResults, BulkError> {
        let ledger = self.ledger().await?;
        let wanted = Wanted::of(&ledger, page);
        let mut recorded = BTreeMap::new();
        for run_id in wanted.parts.keys() {
            if let Some(found) = self.recorded(*run_id).await? {
                recorded.insert(*run_id, found);
            }
        }
        wanted.results(&ledger, &recorded)
    }

    async fn recorded(&self, run_id: RunId) -> Result<Option<Recorded>, BulkError> {
        let run = self.run(run_id);
        let history = match self.service.readable_history(at_run(&run)).await {
            Ok(history) => history,
            Err(Refusal::NotFound { .. }) => return Ok(None),
            Err(refusal) => return Err(self.refused(refusal)),
        };
        Ok(Recorded::read(&history)?)
    }

    fn run(&self, run_id: RunId) -> WorkflowExecution {
        WorkflowExecution {
            workflow_id: bulk_workflow_id(&self.job_id),
            run_id,
        }
    }

    /// Holds the job back: it acts on no further runs until it is [resumed](Self::resume). What it is
    /// about to do to some, for a second at most, it does.
    ///
    /// One that is held back already stays so, for the reason that was given first.
    ///
    /// # Errors
    /// [`BulkError`] if there is none, it has ended, or the engine does not answer.
    pub async fn pause(&self, reason: impl Into<String>) -> Result<(), BulkError> {
        let (reason, identity) = (reason.into(), self.identity.clone());
        self.steer(Steering::Pause { reason, identity }).await
    }

    /// Lets the job go on where it was held back.
    ///
    /// # Errors
    /// [`BulkError`] if there is none, it has ended, or the engine does not answer.
    pub async fn resume(&self) -> Result<(), BulkError> {
        self.steer(Steering::Resume).await
    }

    async fn steer(&self, steering: Steering) -> Result<(), BulkError> {
        let steered = self.workflow().steer(steering).await;
        steered.map_err(|error| BulkError::of_steering(self.id(), error))
    }

    /// Ends the job. What it has done stays done; what it is about to do to some runs, for a second at
    /// most, it does.
    ///
    /// # Errors
    /// [`BulkError`] if there is none, it has ended, or the engine does not answer.
    pub async fn cancel(&self, reason: impl Into<String>) -> Result<(), BulkError> {
        if !self.describe().await?.state.is_open() {
            return Err(BulkError::ended(self.id()));
        }
        let canceled = self.workflow().cancel(reason).await;
        canceled.map_err(|error| BulkError::of_stop(self.id(), error))
    }

    /// Deletes what is kept of a job that has ended. Its id is free then.
    ///
    /// # Errors
    /// [`BulkError`] if there is none, it has not ended, or the engine does not answer.
    pub async fn delete(&self) -> Result<(), BulkError> {
        let state = self.describe().await?.state;
        if matches!(state, BulkJobState::Running | BulkJobState::Paused) {
            return Err(BulkError::NotEnded {
                job_id: self.job_id.clone(),
            });
        }
        // The last one knows of the others, so it goes last.
        for part in self.ledger().await?.parts {
            match self.service.delete(at_run(&self.run(part.run_id))).await {
                Ok(()) | Err(Refusal::NotFound { .. }) => {}
                Err(refusal) => return Err(self.refused(refusal)),
            }
        }
        Ok(())
    }
}
