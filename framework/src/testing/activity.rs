//! Running one attempt of an activity, without an engine.

use std::{
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use derive_more::{Debug, Display, Error};
use futures::channel::oneshot;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    activity::{
        ActivityCancellation, ActivityCode, ActivityContext, ActivityInfo, ActivityRegistry,
        AttemptPort, AttemptRunner, BlockingActivity, ControlInbox, IntoActivitySet,
        until_handed_over,
    },
    definition::{Activity, Failure as _, NamesActivity},
    model::{self, ActivityType, PayloadError, Payloads},
    testing::clock::BEGINNING,
};
#[cfg(feature = "runtime")]
use crate::{interceptor::Interceptors, model::Codecs};

/// Runs single attempts of activities, and sees what they report.
///
/// Input and result pass through payloads, as in an engine. Cancellation is asked for by hand, and
/// every heartbeat is kept: nothing is thinned out, and no time limit holds. Clones are the same
/// environment.
///
/// # Examples
/// ```
/// use sempre::{ActivityContext, Canceled, activity, testing::ActivityEnvironment};
///
/// /// Goes on where the attempt before this one was.
/// #[activity(start_to_close = "1h", heartbeat = "30s")]
/// async fn copy(ctx: ActivityContext, rows: u64) -> Result<u64, Canceled> {
///     let done: Option<u64> = ctx.heartbeat_details().unwrap_or_default();
///     for row in done.unwrap_or(0)..rows {
///         if ctx.is_canceled() {
///             return Err(Canceled::default());
///         }
///         ctx.heartbeat(&(row + 1)).expect("a number can be written");
///     }
///     Ok(rows)
/// }
///
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let env = ActivityEnvironment::new(copy).attempt(2).heartbeat_details(&97)?;
/// assert_eq!(env.run(copy, 100).await?, 100);
/// assert_eq!(env.heartbeats::<u64>()?, [98, 99, 100]);
///
/// let env = ActivityEnvironment::new(copy);
/// env.cancel();
/// assert!(env.run(copy, 100).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ActivityEnvironment {
    registry: ActivityRegistry,
    info: ActivityInfo,
    cancellation: Arc<ActivityCancellation>,
    desk: Arc<Desk>,
    runner: Arc<AttemptRunner>,
}

/// What the attempts of an environment have said, and are told.
#[derive(Debug, Default)]
struct Desk {
    heartbeats: Noted,
    progress: Noted,
    controls: ControlInbox,
}

/// Values in the order in which they came.
#[derive(Debug, Default)]
struct Noted(Mutex<Vec<Payloads>>);

impl Noted {
    fn push(&self, payloads: Payloads) {
        self.lock().push(payloads);
    }

    fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, PayloadError> {
        self.lock().iter().map(Payloads::decode).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Payloads>> {
        // Invariant: the list is only pushed to, so it is valid after a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptPort for Desk {
    fn heartbeat(&self, details: Payloads) {
        self.heartbeats.push(details);
    }

    fn progress(&self, value: Payloads) {
        self.progress.push(value);
    }

    fn controls(&self) -> Option<&ControlInbox> {
        Some(&self.controls)
    }
}

/// An attempt ended without a result.
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[non_exhaustive]
pub enum AttemptError<E> {
    /// The activity failed, with its own error.
    #[display("{_0}")]
    Failed(E),
    /// It left the rest to somebody else, by
    /// [`complete_async`](crate::ActivityContext::complete_async).
    #[display("the attempt was handed over")]
    HandedOver,
    /// The attempt failed in another way: its input or its result does not pass through a payload.
    /// Mend its types.
    #[display("{_0}")]
    #[error(ignore)]
    Other(Box<model::Failure>),
}

impl ActivityEnvironment {
    /// An environment for the activities of this set; for a function, the function.
    pub fn new<Form>(set: impl IntoActivitySet<Form>) -> Self {
        let mut registry = ActivityRegistry::default();
        registry.register(set);
        let info = ActivityInfo {
            attempt: 1,
            attempt_of_all: 1,
            scheduled_at: BEGINNING,
            started_at: BEGINNING,
            ..ActivityInfo::default()
        };
        Self {
            registry,
            info,
            cancellation: Arc::default(),
            desk: Arc::default(),
            runner: Arc::default(),
        }
    }

    /// The same environment for this attempt. Default: 1.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.info.attempt = attempt;
        self.info.attempt_of_all = attempt;
        self
    }

    /// The same environment, where the last heartbeat of an earlier attempt said this. Default:
    /// there was none.
    ///
    /// # Errors
    /// [`PayloadError`] if the details cannot be written.
    pub fn heartbeat_details<T: Serialize + ?Sized>(
        mut self,
        details: &T,
    ) -> Result<Self, PayloadError> {
        self.info.heartbeat_details = Payloads::encode(details)?;
        Ok(self)
    }

    /// The same environment with other facts about the attempt.
    #[must_use]
    pub fn info(mut self, change: impl FnOnce(&mut ActivityInfo)) -> Self {
        change(&mut self.info);
        self
    }

    /// The same environment, where [`ActivityContext::engine`] is this one. Default: there is none,
    /// and all requests to it fail.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{ActivityContext, activity, testing::ActivityEnvironment};
    /// # use sempre::guide::example::Order;
    /// #[activity(start_to_close = "10s")]
    /// async fn is_known(ctx: ActivityContext, order: String) -> bool {
    ///     ctx.engine().workflow::<Order>(order).describe().await.is_ok()
    /// }
    ///
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.workflow::<Order>("order-42").start(()).await?;
    /// let alone = ActivityEnvironment::new(is_known);
    /// assert!(!alone.run(is_known, "order-42".into()).await?);
    ///
    /// let env = ActivityEnvironment::new(is_known).engine(engine.client());
    /// assert!(env.run(is_known, "order-42".into()).await?);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "runtime")]
    #[must_use]
    pub fn engine(mut self, client: crate::client::EngineClient) -> Self {
        self.runner = Arc::new(AttemptRunner::with_client(
            client,
            Codecs::NONE,
            Interceptors::NONE,
        ));
        self
    }

    /// Asks the attempt to stop.
    pub fn cancel(&self) {
        self.cancellation.request();
    }

    /// Tells the attempt that the engine has begun to shut down.
    pub fn shut_down(&self) {
        self.runner.shut_down();
    }

    /// What the heartbeats said so far, in their order.
    ///
    /// # Errors
    /// [`PayloadError`] if one of them is not a `T`.
    pub fn heartbeats<T: DeserializeOwned>(&self) -> Result<Vec<T>, PayloadError> {
        self.desk.heartbeats.read()
    }

    /// What the reports of progress said so far, in their order; all of them, because none is thinned
    /// out.
    ///
    /// # Errors
    /// [`PayloadError`] if one of them is not a `T`.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<Vec<T>, PayloadError> {
        self.desk.progress.read()
    }

    /// Tells the attempt something, as its workflow would; before or while it runs.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{ActivityContext, activity, testing::ActivityEnvironment};
    /// #[activity(start_to_close = "1h")]
    /// async fn greet(ctx: ActivityContext, name: String) -> String {
    ///     let greeting = ctx.control::<String>().await.unwrap_or_default();
    ///     ctx.report_progress("greeting").expect("a text can be written");
    ///     format!("{greeting}, {name}")
    /// }
    ///
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let env = ActivityEnvironment::new(greet);
    /// env.control("hello")?;
    /// assert_eq!(env.run(greet, "Ada".into()).await?, "hello, Ada");
    /// assert_eq!(env.progress::<String>()?, ["greeting"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`PayloadError`] if the message cannot be written.
    pub fn control<T: Serialize + ?Sized>(&self, message: &T) -> Result<(), PayloadError> {
        self.desk.controls.push(Payloads::encode(message)?);
        Ok(())
    }

    /// Runs an attempt to its end. Blocking code has a thread of its own.
    ///
    /// # Errors
    /// [`AttemptError`] if it fails.
    ///
    /// # Panics
    /// If the activity is not one of the set, and if the activity panics.
    #[expect(
        clippy::panic,
        reason = "a test of an activity that is not there has failed"
    )]
    pub async fn run<A: Activity, Form>(
        &self,
        activity: impl NamesActivity<Form, Activity = A>,
        input: A::Input,
    ) -> Result<A::Output, AttemptError<A::Error>> {
        // Only its type says which activity it is.
        let _ = activity;
        let activity_type = ActivityType::new(A::TYPE);
        let Some(code) = self.registry.find(&activity_type).cloned() else {
            panic!("the set has no such activity activity_type={activity_type}");
        };
        let input = Payloads::encode_readable(&input).map_err(malformed)?;
        let ctx = ActivityContext::new(
            ActivityInfo {
                activity_type,
                ..self.info.clone()
            },
            Arc::clone(&self.cancellation),
            Arc::<Desk>::clone(&self.desk),
            Arc::clone(&self.runner),
        );
        let ended = match code {
            ActivityCode::Async(code) => {
                let seen = ctx.clone();
                until_handed_over(code(ctx, input), seen).await
            }
            ActivityCode::Blocking(code) => Some(block(code, ctx, input).await),
        };
        match ended.ok_or(AttemptError::HandedOver)? {
            Ok(result) => result.decode().map_err(malformed),
            Err(failure) => Err(match A::Error::from_failure(&failure) {
                Some(error) => AttemptError::Failed(error),
                None => AttemptError::Other(Box::new(failure)),
            }),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps an error")]
fn malformed<E>(error: PayloadError) -> AttemptError<E> {
    AttemptError::Other(Box::new(model::Failure::server(error.to_string())))
}

async fn block(
    code: BlockingActivity,
    ctx: ActivityContext,
    input: Payloads,
) -> Result<Payloads, model::Failure> {
    let (done, ended) = oneshot::channel();
    let thread = thread::spawn(move || {
        // Whoever waits may have given up.
        let _gone = done.send(code(ctx, input));
    });
    match ended.await {
        Ok(ended) => ended,
        // The code panicked, and so does its test.
        Err(_) => match thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => Err(model::Failure::server("the attempt ended without a result")),
        },
    }
}
