//! Activities that are completed by somebody else than their attempt.

use std::{marker::PhantomData, sync::Arc};

use derive_more::Debug;
use serde::Serialize;

use crate::{
    actor::{Reach, Target},
    client::{EngineClient, ExecutionHandle, ReportActivityError, WorkflowService},
    definition::{Activity, Failure as _, NamesActivity},
    machine::execution::decide::{AttemptName, HeartbeatResponse, ReportActivity, ReportedOutcome},
    model::{ActivityId, Identity, Payloads, TaskToken},
};

/// An activity to be completed, failed or kept alive from outside of its attempt, with its types.
///
/// Made from the token of an attempt, by
/// [`Engine::async_activity`](crate::Engine::async_activity), or from ids, by
/// [`ExecutionHandle::async_activity`]. A name, which holds nothing alive. Its attempt says by
/// [`complete_async`](crate::ActivityContext::complete_async) that it is completed in this way, and
/// then outlives its process; until then it may be completed all the same, and the first end counts.
///
/// # Durability
/// Once a method returns, what it reports is recorded. Where it fails, the error's
/// [`outcome`](ReportActivityError::outcome) says whether it may have been recorded all the same; it
/// is safe to repeat, and then refused as [`NotRunning`](ReportActivityError::NotRunning) if it was.
///
/// # Examples
/// ```
/// use sempre::{ActivityContext, Canceled, Engine, Workflow, WorkflowContext, activity, handlers};
/// use sempre::{ActivityError, model::TaskToken, storage::MemoryStore};
/// use std::{convert::Infallible, sync::{Arc, Mutex}};
///
/// static LETTER: Mutex<Option<TaskToken>> = Mutex::new(None);
///
/// /// Asks somebody, who takes days to answer.
/// #[activity(start_to_close = "30d")]
/// async fn ask(ctx: ActivityContext, question: String) -> String {
///     *LETTER.lock().unwrap() = Some(ctx.task_token());
///     match ctx.complete_async().await {}
/// }
///
/// #[derive(Workflow, Default)]
/// struct Survey;
///
/// #[handlers]
/// impl Survey {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
///         ctx.activity(ask, "Tea or coffee?".into()).await
///     }
/// }
///
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let builder = Engine::on_store(Arc::new(MemoryStore::new()));
/// let engine = builder.workflow::<Survey>().activities(ask).start().await?;
/// let survey = engine.workflow::<Survey>("survey-1").start(()).await?;
/// while !survey.describe().await?.activities.iter().any(|it| it.handed_over) {}
///
/// let token = LETTER.lock().unwrap().clone().expect("it was asked");
/// engine.async_activity(ask, token.clone()).complete("tea".into()).await?;
/// assert_eq!(survey.result().await?, "tea");
/// // Twice is too late.
/// assert!(engine.async_activity(ask, token).complete("coffee".into()).await.is_err());
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[debug("AsyncActivityHandle {{ target: {target:?}, attempt: {attempt:?} }}")]
pub struct AsyncActivityHandle<A> {
    service: Arc<dyn WorkflowService>,
    target: Target,
    attempt: AttemptName,
    identity: Identity,
    activity: PhantomData<fn() -> A>,
}

impl<A> Clone for AsyncActivityHandle<A> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            target: self.target.clone(),
            attempt: self.attempt.clone(),
            identity: self.identity.clone(),
            activity: PhantomData,
        }
    }
}

impl<W> ExecutionHandle<W> {
    /// The activity with this id, to be completed from outside of its attempt, whichever attempt
    /// that is.
    ///
    /// [`describe`](Self::describe) lists the ids of pending activities;
    /// [`activity_id`](crate::workflow::ActivityCall::activity_id) chooses one.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an activity is named by its value, as in a workflow"
    )]
    pub fn async_activity<A: Activity, Form>(
        &self,
        definition: impl NamesActivity<Form, Activity = A>,
        activity_id: impl Into<ActivityId>,
    ) -> AsyncActivityHandle<A> {
        // Only its type says which activity it is.
        let _ = definition;
        AsyncActivityHandle {
            service: Arc::clone(self.shared_service()),
            target: self.target(),
            attempt: AttemptName::Id(activity_id.into()),
            identity: self.identity().clone(),
            activity: PhantomData,
        }
    }
}

impl EngineClient {
    /// The activity whose attempt has this token, to be completed from outside of it.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an activity is named by its value, as in a workflow"
    )]
    pub fn async_activity<A: Activity, Form>(
        &self,
        definition: impl NamesActivity<Form, Activity = A>,
        token: TaskToken,
    ) -> AsyncActivityHandle<A> {
        // Only its type says which activity it is.
        let _ = definition;
        let execution = token.execution();
        AsyncActivityHandle {
            service: self.service(),
            target: Target {
                workflow_id: execution.workflow_id.clone(),
                run_id: Some(execution.run_id),
                reach: Reach::Run,
            },
            attempt: AttemptName::Token {
                scheduled_event_id: token.scheduled_event_id(),
                attempt: token.attempt(),
            },
            identity: self.identity().clone(),
            activity: PhantomData,
        }
    }
}

impl<A: Activity> AsyncActivityHandle<A> {
    /// Completes the activity with this result.
    ///
    /// # Errors
    /// [`ReportActivityError`] if no such attempt runs, the result is too large or cannot be written,
    /// or the engine does not answer.
    pub async fn complete(&self, result: A::Output) -> Result<(), ReportActivityError> {
        let encoded = Payloads::encode_readable(&result)?;
        // What is left may be waited for on another thread.
        drop(result);
        self.report(ReportedOutcome::Completed(encoded)).await?;
        Ok(())
    }

    /// Ends the attempt with this error; the activity's retry policy says whether there is another.
    ///
    /// # Errors
    /// [`ReportActivityError`] if no such attempt runs, the error is too large, or the engine does
    /// not answer.
    pub async fn fail(&self, error: A::Error) -> Result<(), ReportActivityError> {
        let failure = Box::new(error.to_failure());
        drop(error);
        self.report(ReportedOutcome::Failed(failure)).await?;
        Ok(())
    }

    /// Ends the activity as canceled, with these details; `&()` for none.
    ///
    /// # Errors
    /// [`ReportActivityError`] if no such attempt runs, nobody has asked the activity to stop, the
    /// details are too large or cannot be written, or the engine does not answer.
    pub async fn report_canceled<T: Serialize + ?Sized>(
        &self,
        details: &T,
    ) -> Result<(), ReportActivityError> {
        let details = Payloads::encode(details)?;
        self.report(ReportedOutcome::Canceled(details)).await?;
        Ok(())
    }

    /// Says that the activity is alive, with details that a later attempt can read; returns whether
    /// it is asked to stop.
    ///
    /// Each heartbeat is recorded: unlike those of a running attempt, they are not thinned out.
    ///
    /// # Errors
    /// [`ReportActivityError`] if no such attempt runs, the details are too large or cannot be
    /// written, or the engine does not answer.
    pub async fn heartbeat<T: Serialize + ?Sized>(
        &self,
        details: &T,
    ) -> Result<HeartbeatResponse, ReportActivityError> {
        let details = Payloads::encode(details)?;
        self.report(ReportedOutcome::Heartbeat(details)).await
    }

    async fn report(
        &self,
        outcome: ReportedOutcome,
    ) -> Result<HeartbeatResponse, ReportActivityError> {
        let message = ReportActivity {
            attempt: self.attempt.clone(),
            outcome,
            identity: self.identity.clone(),
        };
        let reported = self.service.report_activity(self.target.clone(), message);
        Ok(reported.await?)
    }
}
