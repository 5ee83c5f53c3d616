//! A workflow execution as its callers hold it, and how they start it and talk to it.
//!
//! How they stop it is in `stop`, and what they see of it in `read` and `result`.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use derive_more::Debug;

use crate::{
    actor::{Reach, Target},
    client::{QueryWorkflowError, SendSignal, StartWorkflow, WorkflowService},
    definition::{Query, Signal, Workflow, WorkflowSignature},
    model::{Identity, Payloads, QueryName, RunId, SignalName, WorkflowId, WorkflowType},
};

/// A workflow execution by its id, with the types of its program.
///
/// A cheap clone that holds nothing alive. Made by [`Engine::workflow`](crate::Engine::workflow);
/// any such handle means the latest run. One that [`start`](ExecutionHandle::start) returns names
/// its run, and follows the chain that this run begins: where the workflow continues as new or is
/// tried again, its result, signals and queries are those of the run that is open now.
///
/// # Examples
/// ```
/// # use sempre::guide::example::{Order, OrderHandle as _};
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// assert!(!order.is_approved().await?); // made by `#[query]`
/// order.approve().await?;               // made by `#[signal]`
/// assert_eq!(order.result().await?, "approved");
///
/// // Another handle of the same execution, by its id alone.
/// let same = engine.workflow::<Order>("order-42");
/// assert_eq!(same.history().await?, order.history().await?);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WorkflowHandle<W> {
    execution: ExecutionHandle<W>,
}

impl<W> Clone for WorkflowHandle<W> {
    fn clone(&self) -> Self {
        self.execution.to_handle()
    }
}

impl<W> WorkflowHandle<W> {
    /// A handle to the latest run of an execution, through this service.
    pub fn new(
        service: Arc<dyn WorkflowService>,
        identity: Identity,
        workflow_id: WorkflowId,
    ) -> Self {
        let execution = ExecutionHandle {
            service,
            identity,
            workflow_id,
            run_id: None,
            reach: Reach::Chain,
            workflow: PhantomData,
        };
        Self { execution }
    }

    /// The same handle in the name of somebody else.
    #[must_use]
    pub(crate) fn in_the_name_of(mut self, identity: Identity) -> Self {
        self.execution.identity = identity;
        self
    }

    /// The same handle, bound to the chain that a run has begun.
    pub(super) fn at_chain(mut self, run_id: RunId) -> Self {
        self.execution.run_id = Some(run_id);
        self.execution.reach = Reach::Chain;
        self
    }

    /// The same handle, bound to one run and to none that follows it.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let first = engine.workflow::<Order>("order-42").start(()).await?;
    /// first.terminate("once more").await?;
    /// engine.workflow::<Order>("order-42").start(()).await?;
    ///
    /// let run_id = first.run_id().expect("a started handle names its run");
    /// let earlier = engine.workflow::<Order>("order-42").at_run(run_id);
    /// assert!(!earlier.describe().await?.status.is_open());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn at_run(mut self, run_id: RunId) -> Self {
        self.execution.run_id = Some(run_id);
        self.execution.reach = Reach::Run;
        self
    }
}

/// Gives way to the handlers of the workflow: a method is looked for here first, where `#[handlers]`
/// puts those of its messages, and behind it only then.
impl<W> Deref for WorkflowHandle<W> {
    type Target = ExecutionHandle<W>;

    fn deref(&self) -> &ExecutionHandle<W> {
        &self.execution
    }
}

/// What every handle can do, whatever its workflow: the methods behind a [`WorkflowHandle`].
///
/// A message may have the name of one of them that is added later: then the message's method is
/// found on the handle, and this one behind it, as `(*order).pause()`.
#[derive(Debug)]
pub struct ExecutionHandle<W> {
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
    identity: Identity,
    workflow_id: WorkflowId,
    run_id: Option<RunId>,
    reach: Reach,
    #[debug(skip)]
    workflow: PhantomData<fn() -> W>,
}

impl<W> ExecutionHandle<W> {
    /// The execution's id.
    pub fn workflow_id(&self) -> &WorkflowId {
        &self.workflow_id
    }

    /// The run this handle is bound to, or whose chain it is bound to; `None` means the latest.
    pub fn run_id(&self) -> Option<RunId> {
        self.run_id
    }

    /// A handle of its own to the same execution.
    pub(super) fn to_handle(&self) -> WorkflowHandle<W> {
        let execution = Self {
            service: Arc::clone(&self.service),
            identity: self.identity.clone(),
            workflow_id: self.workflow_id.clone(),
            run_id: self.run_id,
            reach: self.reach,
            workflow: PhantomData,
        };
        WorkflowHandle { execution }
    }

    pub(super) fn service(&self) -> &dyn WorkflowService {
        &*self.service
    }

    pub(super) fn service_of_its_own(&self) -> Arc<dyn WorkflowService> {
        Arc::clone(&self.service)
    }

    pub(super) fn shared_service(&self) -> &Arc<dyn WorkflowService> {
        &self.service
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) fn target(&self) -> Target {
        Target {
            workflow_id: self.workflow_id.clone(),
            run_id: self.run_id,
            reach: self.reach,
        }
    }
}

impl<W: Workflow> ExecutionHandle<W> {
    /// Sends a signal; see [`SendSignal`] for how to send it at most once.
    ///
    /// The methods that `#[signal]` makes do the same, by name.
    ///
    /// # Errors
    /// [`SignalWorkflowError`](crate::client::SignalWorkflowError) if there is no open run, the
    /// input is too large or cannot be written, or the engine does not answer.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a signal takes its input, as a call does"
    )]
    pub fn signal<S: Signal<Workflow = W>>(&self, input: S::Input) -> SendSignal<W> {
        SendSignal::new(
            Arc::clone(&self.service),
            self.target(),
            SignalName::new(S::NAME),
            Payloads::encode_readable(&input),
            self.identity.clone(),
        )
    }

    /// Asks a question about the program's state. Nothing is recorded; a closed run answers too.
    ///
    /// # Errors
    /// [`QueryWorkflowError`] if there is no such run or query, the program cannot be asked now,
    /// or the engine does not answer.
    pub async fn query<Q: Query<Workflow = W>>(
        &self,
        input: Q::Input,
    ) -> Result<Q::Output, QueryWorkflowError> {
        let encoded = Payloads::encode_readable(&input)?;
        drop(input);
        let asked = self
            .service
            .query(self.target(), QueryName::new(Q::NAME), encoded);
        Ok(asked.await?.decode()?)
    }
}

impl<W: WorkflowSignature> ExecutionHandle<W> {
    /// Starts the execution; see [`StartWorkflow`] for the options it takes.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42");
    /// let run = order.start(()).await?;
    /// assert!(run.run_id().is_some());
    /// // The id is taken while that run is open.
    /// assert!(order.start(()).await.is_err());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StartWorkflowError`](crate::client::StartWorkflowError) if the id is taken, the input is
    /// too large or cannot be written, or the engine does not answer.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a start takes its input, as a call does"
    )]
    pub fn start(&self, input: W::Input) -> StartWorkflow<W> {
        let input = Payloads::encode_readable(&input);
        StartWorkflow::new(self.to_handle(), WorkflowType::new(W::TYPE), input)
    }
}
