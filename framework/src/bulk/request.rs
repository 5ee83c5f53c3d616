//! Preparing a bulk job.

use derive_more::Debug;
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    bulk::{
        BulkError, BulkJobHandle, BulkOperation,
        activity::queue,
        ledger::Ledger,
        spec::{BulkSpec, RATE},
    },
    client::{
        EngineClient, ListRunsError, ListedRun, Outage, Refusal, RunFinder, SendSignal,
        WorkflowHandle,
    },
    definition::Workflow,
    model::{
        Header, Identity, PayloadError, Payloads, Reapplied, RequestId, ResetPoint, SignalName,
        WorkflowId, WorkflowIdReusePolicy,
    },
};

/// The runs that a dry run shows.
const SAMPLE: usize = 10;

/// The runs that a bulk job is to be about; say what is to be done to them.
///
/// Made by [`Engine::bulk`](crate::Engine::bulk). The job is about the runs that pass the filter when it
/// looks for them, which it does first of all, and that had begun when it was started, by the clock and to
/// the millisecond: every run whose start was answered before is among them, and one that begins later is
/// left alone, as is one that a run goes on as. Runs of schedules and of bulk jobs are never among them, whether or not the filter names them.
///
/// # Examples
/// ```
/// # use sempre::guide::example::{Order, OrderHandle as _};
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// for number in 1..=3 {
///     engine.workflow::<Order>(format!("order-{number}")).start(()).await?;
/// }
/// let orders = engine.bulk("WorkflowType = 'Order' AND ExecutionStatus = 'Running'");
/// assert_eq!(orders.clone().dry_run().await?.count, 3);
///
/// let job = orders.signal::<Order>(|order| order.approve()).start().await?;
/// let ended = job.result().await?;
/// assert_eq!((ended.matched, ended.done), (3, 3));
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is done unless a job is started"]
pub struct Bulk {
    engine: EngineClient,
    filter: String,
    takes_all: bool,
}

/// What a bulk job would be about.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct BulkPreview {
    /// How many runs pass the filter.
    pub count: u64,
    /// The ten of them that began last.
    pub sample: Vec<ListedRun>,
}

/// A bulk job that is about to be started.
///
/// Made by the methods of [`Bulk`]. It has a rate of 100 runs a second unless it is given another one.
#[derive(Debug)]
#[must_use = "a job does nothing unless it is started"]
pub struct StartBulk {
    bulk: Bulk,
    spec: BulkSpec,
    unwritable: Option<PayloadError>,
}

impl Bulk {
    pub(crate) fn new(engine: EngineClient, filter: String) -> Self {
        Self {
            engine,
            filter,
            takes_all: false,
        }
    }

    /// The same runs; that an empty filter lets all runs pass is what is meant.
    pub fn all_runs(mut self) -> Self {
        self.takes_all = true;
        self
    }

    /// Says how many runs there are, and shows some of them. Nothing is done.
    ///
    /// Reads the index of all runs, as a count does.
    ///
    /// # Errors
    /// [`BulkError`] if the filter is empty or not valid, or the engine does not answer.
    pub async fn dry_run(self) -> Result<BulkPreview, BulkError> {
        self.check()?;
        let (count, sample) = self.finder()?.sample(&self.filter, SAMPLE).await?;
        Ok(BulkPreview { count, sample })
    }

    /// Sends each run a signal: what this makes of a handle. Its request id is the job's.
    pub fn signal<W: Workflow>(
        self,
        send: impl FnOnce(&WorkflowHandle<W>) -> SendSignal<W>,
    ) -> StartBulk {
        let service = EngineClient::nowhere().service();
        let handle = WorkflowHandle::new(service, Identity::default(), WorkflowId::from("any"));
        let message = send(&handle).into_message(&RequestId::default());
        let message = message.map(|it| (it.name, it.input, it.header));
        self.send(message)
    }

    /// Sends each run the signal of this name.
    pub fn signal_named<T>(self, name: impl Into<SignalName>, input: &T) -> StartBulk
    where
        T: Serialize + DeserializeOwned + 'static,
    {
        let input = Payloads::encode_readable(input);
        self.send(input.map(|input| (name.into(), input, Header::EMPTY)))
    }

    fn send(self, message: Result<(SignalName, Payloads, Header), PayloadError>) -> StartBulk {
        let (message, unwritable) = match message {
            Ok(message) => (message, None),
            Err(error) => (Default::default(), Some(error)),
        };
        let (signal_name, input, header) = message;
        let mut start = self.operation(BulkOperation::Signal {
            signal_name,
            input,
            header,
        });
        start.unwritable = unwritable;
        start
    }

    /// Asks each run to stop; one that has closed is skipped.
    pub fn cancel(self, reason: impl Into<String>) -> StartBulk {
        self.operation(BulkOperation::Cancel).reason(reason)
    }

    /// Ends each run at once; one that has closed is skipped.
    pub fn terminate(self, reason: impl Into<String>) -> StartBulk {
        self.operation(BulkOperation::Terminate).reason(reason)
    }

    /// Resets each run; one that cannot be reset to this point, or that another run has followed, is
    /// skipped. [`ResetPoint::Event`] is refused, because each history numbers its events its own way.
    pub fn reset(self, point: ResetPoint) -> StartBulk {
        let reapplied = Reapplied::default();
        self.operation(BulkOperation::Reset { point, reapplied })
    }

    /// Pauses each run; one that has closed, or is paused already, is skipped.
    pub fn pause(self, reason: impl Into<String>) -> StartBulk {
        self.operation(BulkOperation::Pause).reason(reason)
    }

    /// Lets each run go on; one that is not paused is skipped.
    pub fn unpause(self, reason: impl Into<String>) -> StartBulk {
        self.operation(BulkOperation::Unpause).reason(reason)
    }

    /// Tries again at once what backs off in each run; one in which nothing does is done as well.
    pub fn retry_now(self) -> StartBulk {
        self.operation(BulkOperation::RetryNow)
    }

    /// Deletes each run, after it was terminated if it is open.
    pub fn delete(self) -> StartBulk {
        self.operation(BulkOperation::Delete)
    }

    fn operation(self, operation: BulkOperation) -> StartBulk {
        let spec = BulkSpec {
            job_id: Uuid::now_v7().to_string(),
            filter: self.filter.clone(),
            operation,
            rate: RATE,
            reason: String::new(),
            identity: self.engine.identity().clone(),
        };
        StartBulk {
            bulk: self,
            spec,
            unwritable: None,
        }
    }

    fn finder(&self) -> Result<&RunFinder, BulkError> {
        let nowhere = || ListRunsError::from(Refusal::Unavailable(Outage::ShuttingDown));
        Ok(self.engine.finder().ok_or_else(nowhere)?)
    }

    /// That the filter is one that a job can have.
    fn check(&self) -> Result<(), BulkError> {
        if self.filter.trim().is_empty() && !self.takes_all {
            return Err(BulkError::NoFilter);
        }
        let _passes = self.finder()?.filter(&self.filter)?;
        Ok(())
    }
}

impl StartBulk {
    /// The same job under this id, of up to 200 bytes. Default: one that nobody has used.
    ///
    /// Started twice, it is one job, as long as it is kept.
    pub fn job_id(mut self, job_id: impl Into<String>) -> Self {
        self.spec.job_id = job_id.into();
        self
    }

    /// The same job, which acts on so many runs in a second at most: 100 by default, at least 1 and at
    /// most 10,000.
    pub fn rate(mut self, per_second: u32) -> Self {
        self.spec.rate = per_second;
        self
    }

    /// Why it is done, for people. Default: nothing. At most 2,000 bytes.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.spec.reason = reason.into();
        self
    }

    /// The same job in the name of somebody, who stands in the histories of its runs. Default: this
    /// process.
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.spec.identity = identity.into();
        self
    }

    /// Leaves out signals that came after the point, where the runs are reset.
    pub fn exclude_signals(mut self) -> Self {
        if let BulkOperation::Reset { reapplied, .. } = &mut self.spec.operation {
            reapplied.signals = false;
        }
        self
    }

    /// Leaves out updates that were accepted after the point, where the runs are reset.
    pub fn exclude_updates(mut self) -> Self {
        if let BulkOperation::Reset { reapplied, .. } = &mut self.spec.operation {
            reapplied.updates = false;
        }
        self
    }

    /// Says how many runs the job would be about, and shows some of them. Nothing is done.
    ///
    /// # Errors
    /// [`BulkError`] if the filter is empty or not valid, or the engine does not answer.
    pub async fn dry_run(&self) -> Result<BulkPreview, BulkError> {
        self.bulk.clone().dry_run().await
    }

    /// Starts the job.
    ///
    /// # Durability
    /// Once it returns, the job is on disk. It goes on by itself whenever an engine runs on the store, and
    /// acts on each run once, whatever crashes.
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
    /// let orders = engine.bulk("WorkflowType = 'Order'").terminate("test orders");
    /// let job = orders.job_id("tidy-up").rate(500).start().await?;
    ///
    /// let ended = job.result().await?;
    /// assert_eq!(ended.state, BulkJobState::Completed);
    /// assert_eq!(job.results(0).await?.results[0].execution.workflow_id.as_str(), "order-42");
    /// assert_eq!(engine.bulk_jobs().await?.ids, ["tidy-up"]);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BulkError`] if the filter is empty or not valid, the job makes no sense, there is another one with
    /// its id, or the engine does not answer.
    pub fn start(self) -> BoxFuture<'static, Result<BulkJobHandle, BulkError>> {
        Box::pin(async move {
            if let Some(error) = self.unwritable {
                return Err(BulkError::Payload(error));
            }
            self.bulk.check()?;
            self.spec.check()?;
            let Self { bulk, spec, .. } = self;
            let service = bulk.engine.service();
            let identity = spec.identity.clone();
            let handle = BulkJobHandle::new(service, identity, spec.job_id.clone());
            let ledger = Ledger::new(spec.clone());
            let start = handle.workflow().start(ledger).task_queue(queue());
            let start = start.id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate);
            match start
                .await
                .map_err(|error| BulkError::of_start(handle.id(), error))
            {
                Ok(_) => Ok(handle),
                Err(BulkError::AlreadyExists { job_id }) => {
                    let is_same = handle.ledger().await?.spec.is_same(&spec);
                    if is_same {
                        Ok(handle)
                    } else {
                        Err(BulkError::AlreadyExists { job_id })
                    }
                }
                Err(error) => Err(error),
            }
        })
    }
}
