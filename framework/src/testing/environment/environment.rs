//! What a test of workflows is given.

use std::{sync::Arc, time::Duration};

use derive_more::Debug;

use crate::{
    activity::{ActivityContext, IntoActivitySet},
    client::WorkflowHandle,
    clock::SharedClock,
    definition::{Activity, NamesActivity},
    model::{Identity, Timestamp, WorkflowId},
    runtime::{Engine, StartEngineError},
    schedule::ScheduleHandle,
    testing::{
        ManualClock,
        environment::{
            builder::TestEnvironmentBuilder,
            mock::{ActivityMock, MockAnswer, mock},
            restartable::RestartableEngine,
            service::HostedService,
        },
        replay,
    },
    workflow::WorkflowHandlers,
};

/// An engine in memory, with a clock that skips what nobody has to wait for.
///
/// A cheap clone; all clones are the same environment. The engine starts with the first request. A
/// workflow or an activity that is new to it afterwards starts it anew, on what it has stored:
/// attempts that run then are lost and tried again, as in a deployment.
///
/// # Time
/// Time begins with 2026, and stands still while there is something to do, while an activity runs,
/// and while the test does anything but wait for a result. Once it waits for one and the engine is
/// at rest, time jumps to the next deadline. [`skip`](Self::skip) lets it pass in any case. Time
/// knows nothing of the machine's, so a test that never waits for a timer never meets one.
///
/// Run ids are numbered in the order of the starts, so a workflow draws the same random numbers in
/// every run of a test.
///
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, activity, handlers};
/// use sempre::testing::TestEnvironment;
/// use std::{convert::Infallible, time::Duration};
///
/// #[activity(start_to_close = "10s")]
/// async fn charge(amount: u32) -> Result<u32, Infallible> {
///     unreachable!("a test charges nobody, not even {amount}")
/// }
///
/// #[derive(Workflow, Default)]
/// struct Subscription;
///
/// #[handlers]
/// impl Subscription {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>) -> Result<u32, Canceled> {
///         let mut paid = 0;
///         for _month in 0..12 {
///             paid += ctx.activity(charge, 10).await.unwrap_or_default();
///             ctx.sleep(Duration::from_secs(30 * 86_400)).await?;
///         }
///         Ok(paid)
///     }
/// }
///
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let env = TestEnvironment::new();
/// let charged = env.activity(charge, |amount| Ok(amount));
/// let began = env.now();
///
/// let ada = env.workflow::<Subscription>("ada").start(()).await?;
/// assert_eq!(ada.result().await?, 120); // a year, in no time
/// assert_eq!(charged.calls(), 12);
/// assert_eq!(env.now().since(began), Duration::from_secs(360 * 86_400));
/// env.assert_replays(&ada).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestEnvironment {
    pub(super) host: Arc<RestartableEngine>,
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self::new()
    }
}

impl TestEnvironment {
    /// An environment without options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// An environment that is described first.
    pub fn builder() -> TestEnvironmentBuilder {
        TestEnvironmentBuilder::new()
    }

    pub(super) fn on_host(host: RestartableEngine) -> Self {
        Self { host: host.share() }
    }

    /// The execution with this id. Its workflow is registered, if it is not yet.
    pub fn workflow<W: WorkflowHandlers>(
        &self,
        workflow_id: impl Into<WorkflowId>,
    ) -> WorkflowHandle<W> {
        self.host.add_workflow::<W>();
        let service = HostedService::new(Arc::clone(&self.host));
        WorkflowHandle::new(
            Arc::new(service),
            Identity::new("sempre-test"),
            workflow_id.into(),
        )
    }

    /// The schedule with this id; the workflows that it starts have to be known to the environment.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{guide::example::Order, testing::TestEnvironment};
    /// # use std::time::Duration;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let env = TestEnvironment::builder().workflow::<Order>().build();
    /// let daily = env.schedule("daily").create::<Order>(()).cron("@daily").await?;
    /// env.skip(Duration::from_secs(2 * 86_400)).await;
    /// assert_eq!(daily.describe().await?.recent.len(), 1, "the second one was skipped");
    /// # Ok(())
    /// # }
    /// ```
    pub fn schedule(&self, schedule_id: impl Into<String>) -> ScheduleHandle {
        ScheduleHandle::new(
            Arc::new(HostedService::new(Arc::clone(&self.host))),
            Identity::new("test"),
            SharedClock::new(self.host.skipper.clock().clone()),
            schedule_id.into(),
        )
    }

    /// Puts a function in the place of an activity: one that returns the result, or a future of it.
    ///
    /// It takes the place of what was there, for attempts that start from now on.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{activity, testing::TestEnvironment};
    /// # #[activity(start_to_close = "10s")]
    /// # async fn fetch(url: String) -> String { url }
    /// # let env = TestEnvironment::new();
    /// env.activity(fetch, |url| Ok(format!("the page at {url}")));
    /// env.activity(fetch, async |url| Ok(format!("the page at {url}")));
    /// ```
    pub fn activity<A, F, R, At, Form>(
        &self,
        activity: impl NamesActivity<Form, Activity = A>,
        answer: F,
    ) -> ActivityMock
    where
        A: Activity,
        F: Fn(A::Input) -> R + Send + Sync + 'static,
        R: MockAnswer<A, At>,
    {
        self.activity_with_context(activity, move |_, input| answer(input))
    }

    /// The same, for a function that looks at its attempt.
    ///
    /// # Examples
    /// ```
    /// # use derive_more::{Display, Error};
    /// # use sempre::{Failure, activity, testing::TestEnvironment};
    /// # #[derive(Debug, Display, Error, Failure)]
    /// # #[display("no answer")]
    /// # struct NoAnswer;
    /// # #[activity(start_to_close = "10s")]
    /// # async fn fetch(url: String) -> Result<String, NoAnswer> { Ok(url) }
    /// # let env = TestEnvironment::new();
    /// // The first two attempts fail.
    /// env.activity_with_context(fetch, |ctx, url| match ctx.info().attempt {
    ///     1 | 2 => Err(NoAnswer),
    ///     _ => Ok(url),
    /// });
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an activity is named by its value, as in a workflow"
    )]
    pub fn activity_with_context<A, F, R, At, Form>(
        &self,
        activity: impl NamesActivity<Form, Activity = A>,
        answer: F,
    ) -> ActivityMock
    where
        A: Activity,
        F: Fn(ActivityContext, A::Input) -> R + Send + Sync + 'static,
        R: MockAnswer<A, At>,
    {
        // Only its type says which activity it is.
        let _ = activity;
        let (code, mock) = mock::<A, F, R, At>(answer);
        self.host.add_mock::<A>(code);
        mock
    }

    /// Adds real activities. Those that have a mock keep it.
    pub fn activities<Form>(&self, set: impl IntoActivitySet<Form>) {
        self.host.add_activities(set);
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.host.skipper.clock().now()
    }

    /// Lets this much time pass, deadline by deadline, and returns when all that was due is done.
    ///
    /// Time passes while activities run, too, so this is how an activity times out.
    ///
    /// # Panics
    /// If the engine does not start.
    pub async fn skip(&self, duration: Duration) {
        self.engine().await;
        self.host.skipper.pass(duration).await;
    }

    /// Puts the wall clock back, as an operator does, and returns when what that causes is done.
    ///
    /// No time passes. Deadlines that were set before keep the time that they had left.
    ///
    /// # Panics
    /// If the engine does not start.
    pub async fn put_clock_back(&self, step: Duration) {
        self.change_clock(|clock| clock.put_back(step)).await;
    }

    /// Puts the wall clock forward, as an operator does, and returns when all that is due by it is
    /// done.
    ///
    /// # Panics
    /// If the engine does not start.
    pub async fn put_clock_forward(&self, step: Duration) {
        self.change_clock(|clock| clock.put_forward(step)).await;
    }

    /// Suspends the machine for this long, and returns when all that fell due meanwhile is done.
    ///
    /// # Panics
    /// If the engine does not start.
    pub async fn suspend(&self, duration: Duration) {
        self.change_clock(|clock| clock.suspend(duration)).await;
    }

    async fn change_clock(&self, change: impl FnOnce(&ManualClock)) {
        self.engine().await;
        change(self.host.skipper.clock());
        self.host.skipper.pass(Duration::ZERO).await;
    }

    /// The engine, for what handles do not do.
    ///
    /// Requests that go through it directly do not make time pass, nor stand still.
    ///
    /// # Panics
    /// If it does not start.
    #[expect(clippy::panic, reason = "a test without an engine has failed")]
    pub async fn engine(&self) -> Engine {
        match self.try_engine().await {
            Ok(engine) => engine,
            Err(error) => panic!("the engine of the test does not start: {error}"),
        }
    }

    pub(super) async fn try_engine(&self) -> Result<Engine, StartEngineError> {
        Ok(self.host.life().await?.engine)
    }

    /// Checks that the code of a run says to its history what it says now, and would have said at
    /// each of its workflow tasks.
    ///
    /// The history is told to a new program as a whole, and task by task to one that is dropped
    /// after each; every answer has to be the recorded one. See [`replay::check`].
    ///
    /// # Panics
    /// If that is not so, with a report; and if there is no such run.
    #[expect(clippy::panic, reason = "this is an assertion")]
    pub async fn assert_replays<W: WorkflowHandlers>(&self, workflow: &WorkflowHandle<W>) {
        let history = match workflow.history().await {
            Ok(history) => history,
            Err(error) => panic!(
                "the history of {} cannot be read: {error}",
                workflow.workflow_id()
            ),
        };
        if let Err(error) = replay::check::<W>(&history) {
            panic!("{error}");
        }
    }

    /// Ends the engine, and waits until its threads have ended.
    pub async fn shutdown(&self) {
        self.host.stop().await;
    }
}
