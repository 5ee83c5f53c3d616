//! Starting an execution.

use std::{future::IntoFuture, time::Duration};

use derive_more::Debug;
use futures::future::BoxFuture;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    actor::StartRequest,
    client::{SendSignal, SendUpdate, StartWithUpdate, StartWorkflowError, WorkflowHandle},
    model::{
        MemoUpdate, PayloadError, Payloads, Priority, RequestId, RetryPolicy,
        SearchAttributeUpdate, StartOptions, TaskQueue, WorkflowIdConflictPolicy,
        WorkflowIdReusePolicy, WorkflowType,
    },
};

/// A start that is being prepared; await it to carry it out.
///
/// # Durability
/// Once it returns, the execution survives a crash at any moment. Where it fails, the error's
/// [`outcome`](StartWorkflowError::outcome) says whether the execution may have been started all
/// the same.
///
/// # Examples
/// ```
/// # use sempre::guide::example::{Order, OrderHandle as _};
/// # use std::time::Duration;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// let start = engine.workflow::<Order>("order-42").start(());
/// let order = start.request_id("basket-7").run_timeout(Duration::from_secs(60)).await?;
///
/// // Repeated under the same request id, it is the same run.
/// let again = engine.workflow::<Order>("order-42").start(()).request_id("basket-7").await?;
/// assert_eq!(again.run_id(), order.run_id());
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a start does nothing unless it is awaited"]
pub struct StartWorkflow<W> {
    handle: WorkflowHandle<W>,
    workflow_type: WorkflowType,
    input: Result<Payloads, PayloadError>,
    options: StartOptions,
    signal: Option<SendSignal<W>>,
    unwritable: Option<StartWorkflowError>,
}

impl<W> StartWorkflow<W> {
    pub(super) fn new(
        handle: WorkflowHandle<W>,
        workflow_type: WorkflowType,
        input: Result<Payloads, PayloadError>,
    ) -> Self {
        Self {
            handle,
            workflow_type,
            input,
            options: StartOptions::default(),
            signal: None,
            unwritable: None,
        }
    }

    /// The same start with a signal: a new run begins with it, and a run that is open gets it
    /// instead of being refused.
    ///
    /// Start and signal are one record, so neither is there without the other. The signal has the
    /// request id of the start unless it has one of its own; repeated under it, the signal is
    /// recorded once. The conflict policy becomes `UseExisting`, and may be set again after this.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42");
    /// let run = order.start(()).signal(order.approve()).await?;
    /// assert_eq!(run.result().await?, "approved");
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn signal(mut self, signal: SendSignal<W>) -> Self {
        self.options.id_conflict_policy = WorkflowIdConflictPolicy::UseExisting;
        self.signal = Some(signal);
        self
    }

    /// The same start with an update: a new run begins with it, and a run that is open carries it out
    /// instead of the start being refused.
    ///
    /// Start and the acceptance of the update are one record, so neither is there without the other. An
    /// update that is rejected leaves the run that was started for it. The update has the request id of
    /// the start unless it has an id of its own; repeated under that, it is carried out once, also when
    /// the run has closed meanwhile, and no run is started for it. The conflict policy becomes
    /// `UseExisting`, and may be set again after this. A start takes an update or a signal, not both.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42");
    /// let (run, quantity) = order.start(()).update(order.set_quantity(3)).await?;
    /// assert_eq!(quantity, 3);
    /// assert!(run.describe().await?.status.is_open());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update<O, E>(mut self, update: SendUpdate<O, E>) -> StartWithUpdate<W, O, E> {
        self.options.id_conflict_policy = WorkflowIdConflictPolicy::UseExisting;
        StartWithUpdate::new(self, update)
    }

    /// The same start with all options as given.
    pub fn options(mut self, options: StartOptions) -> Self {
        self.options = options;
        self
    }

    /// The same start on this task queue. Default: `default`.
    pub fn task_queue(mut self, task_queue: impl Into<TaskQueue>) -> Self {
        self.options.task_queue = task_queue.into();
        self
    }

    /// The same start with this limit from the first run's start to the last run's end.
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.options.execution_timeout = Some(timeout);
        self
    }

    /// The same start with this limit from the run's start to its end.
    pub fn run_timeout(mut self, timeout: Duration) -> Self {
        self.options.run_timeout = Some(timeout);
        self
    }

    /// The same start with this limit of each workflow task. Default: 10 s; at most 120 s.
    pub fn task_timeout(mut self, timeout: Duration) -> Self {
        self.options.task_timeout = timeout;
        self
    }

    /// The same start with this policy for runs that fail or run out of time.
    ///
    /// A run that is tried again is followed by one with the same input and the next attempt, after
    /// the interval that the policy says; the result of the execution is that of its last run. A
    /// failure that is marked as not retryable ends it, and so does a cancellation. Default: a
    /// workflow is not tried again, because its activities are.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{RetryPolicy, guide::example::{Order, OrderHandle as _}};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let start = engine.workflow::<Order>("order-42").start(());
    /// let order = start.retry(RetryPolicy::default().max_attempts(3)).await?;
    /// order.approve().await?;
    /// assert_eq!(order.result().await?, "approved");
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = Some(policy);
        self
    }

    /// The same start with this pause before the code begins.
    ///
    /// The run exists from the start on: its id is taken, and signals are recorded. A request to
    /// cancel it and a start that brings a signal have it begin at once. The timeouts count from
    /// when the code may begin.
    pub fn start_delay(mut self, delay: Duration) -> Self {
        self.options.start_delay = Some(delay);
        self
    }

    /// The same start of a workflow that is run again and again by this schedule, until it is
    /// canceled or terminated.
    ///
    /// Five fields, by UTC or by the clocks of a place: `30 8 * * MON-FRI`,
    /// `CRON_TZ=Europe/Vienna 30 8 * * *`; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`
    /// or `@every 90s`. The first run waits for the first time, too. A run is told what the last one
    /// that completed has returned, and what the one before has failed with, in
    /// [`ctx.info().lineage`](crate::WorkflowContext::info); one that takes longer than the schedule's
    /// interval misses a turn. Refused are a schedule that never comes and a start delay beside it.
    pub fn cron(mut self, schedule: impl Into<String>) -> Self {
        self.options.cron = schedule.into();
        self
    }

    /// The same start of a run that can be found by these attributes.
    ///
    /// Each has to be known to the engine, see
    /// [`EngineBuilder::search_attribute`](crate::EngineBuilder::search_attribute). A run has 100 at
    /// most, with 2 KiB a value and 40 KiB in all. Its program can change them, and the run that it
    /// continues as keeps them.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::{SearchAttribute, client::StartWorkflowError};
    ///
    /// const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
    ///
    /// // This engine was not told of the attribute.
    /// let start = engine.workflow::<Order>("order-42").start(());
    /// let refused = start.search_attributes([CUSTOMER.set("ada")]).await.unwrap_err();
    /// assert!(matches!(refused, StartWorkflowError::SearchAttribute { .. }));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_attributes(
        mut self,
        attributes: impl IntoIterator<Item = SearchAttributeUpdate>,
    ) -> Self {
        self.options
            .search_attributes
            .apply_given(&attributes.into_iter().collect());
        self
    }

    /// The same start of a run that carries this value under this name, for people and tools to
    /// read; `describe` shows it, and no filter finds it.
    ///
    /// A memo has 2 MiB at most.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let start = engine.workflow::<Order>("order-42").start(());
    /// let order = start.memo("desk", "north").await?;
    /// assert_eq!(order.describe().await?.memo.get::<String>("desk")?, Some("north".into()));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn memo(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match MemoUpdate::set(name.clone(), value).into_parts() {
            Ok((name, payload)) => self.options.memo.insert(name, payload),
            Err(error) => {
                let unwritable = StartWorkflowError::Memo { name, error };
                self.unwritable.get_or_insert(unwritable);
            }
        }
        self
    }

    /// The same start with a line for people: what this execution is about. At most 400 bytes.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.options.user_metadata.summary = summary.into();
        self
    }

    /// The same start with details for people, in Markdown. At most 20,000 bytes.
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.options.user_metadata.details = details.into();
        self
    }

    /// The same start with this value under this name in its header, which travels on to everything
    /// that the run asks for: activities, children, signals and the run that follows it.
    ///
    /// A header has 16 KiB at most, and is not encoded by the engine's codecs.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).header("tenant", "acme").await?;
    /// assert_eq!(order.describe().await?.header.get::<String>("tenant")?, Some("acme".into()));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match std::mem::take(&mut self.options.header).with(name.clone(), value) {
            Ok(header) => self.options.header = header,
            Err(error) => {
                let unwritable = StartWorkflowError::Header { name, error };
                self.unwritable.get_or_insert(unwritable);
            }
        }
        self
    }

    /// The same start of a run whose work has this priority, unless it says otherwise.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = priority;
        self
    }

    /// The same start with this rule for an id whose run is closed.
    pub fn id_reuse_policy(mut self, policy: WorkflowIdReusePolicy) -> Self {
        self.options.id_reuse_policy = policy;
        self
    }

    /// The same start with this rule for an id whose run is open.
    pub fn id_conflict_policy(mut self, policy: WorkflowIdConflictPolicy) -> Self {
        self.options.id_conflict_policy = policy;
        self
    }

    /// The same start under this request id: repeated, it gives the same run.
    pub fn request_id(mut self, request_id: impl Into<RequestId>) -> Self {
        self.options.request_id = Some(request_id.into());
        self
    }
}

/// A request id nobody has used.
pub(super) fn fresh_request_id() -> RequestId {
    RequestId::new(Uuid::now_v7().to_string())
}

impl<W> StartWorkflow<W> {
    /// The handle that is started, and what is asked for; the signal apart.
    pub(super) fn into_request(
        self,
    ) -> Result<(WorkflowHandle<W>, StartRequest), StartWorkflowError> {
        let Self {
            handle,
            workflow_type,
            input,
            options,
            signal,
            unwritable,
        } = self;
        if let Some(error) = unwritable {
            return Err(error);
        }
        let request_id = options.request_id.clone().unwrap_or_else(fresh_request_id);
        let signal = signal.map(|signal| signal.into_message(&request_id));
        let request = StartRequest {
            workflow_id: handle.workflow_id().clone(),
            workflow_type,
            input: input?,
            request_id,
            options,
            identity: handle.identity().clone(),
            signal: signal.transpose()?,
            update: None,
            inheritance: None,
        };
        Ok((handle, request))
    }
}

impl<W: 'static> IntoFuture for StartWorkflow<W> {
    type Output = Result<WorkflowHandle<W>, StartWorkflowError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (handle, request) = self.into_request()?;
            let request_id = request.request_id.clone();
            let started = handle.service().start(request).await;
            let started =
                started.map_err(|refusal| StartWorkflowError::under(request_id, refusal))?;
            Ok(handle.at_chain(started.run_id))
        })
    }
}
