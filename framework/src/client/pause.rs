//! How an operator has a run pause, or one of its activities, and go on.

use std::future::IntoFuture;

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    client::{ExecutionHandle, SteerWorkflowError, start::fresh_request_id},
    machine::execution::decide::{
        Pause, PauseActivity, ResetActivity, Steer, Unpause, UnpauseActivity as Message,
        UpdateActivityOptions,
    },
    model::{ActivityId, ActivityOptionsChange},
};

impl<W> ExecutionHandle<W> {
    /// Pauses the run: until it is [unpaused](Self::unpause) nothing of it is begun.
    ///
    /// What happens to it is recorded: signals, results of activities and children, timers that fire,
    /// the wish that it stops. Its program is told when it goes on. A workflow task and attempts of
    /// activities that run go on to their end, and attempts of local activities that are cut off are
    /// made again. Updates are refused. Clocks go on, and so does the time of the run. It can be
    /// terminated and reset, and its queries are answered.
    ///
    /// # Durability
    /// Once it returns, the pause is in the history.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::model::ExecutionStatus;
    ///
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.pause("the bank is down").await?;
    /// order.approve().await?;
    /// assert_eq!(order.describe().await?.status, ExecutionStatus::Paused);
    ///
    /// order.unpause("it is back").await?;
    /// order.result().await?;
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SteerWorkflowError`] if there is no open run, if it is paused already, or the engine does not
    /// answer.
    pub async fn pause(&self, reason: impl Into<String>) -> Result<(), SteerWorkflowError> {
        let message = Steer::Pause(Pause {
            reason: reason.into(),
            identity: self.identity().clone(),
            request_id: fresh_request_id(),
        });
        Ok(self.service().steer(self.target(), message).await?)
    }

    /// Lets a run go on that was [paused](Self::pause).
    ///
    /// # Durability
    /// Once it returns, the history says so.
    ///
    /// # Errors
    /// [`SteerWorkflowError`] if there is no open run, if it is not paused, or the engine does not
    /// answer.
    pub async fn unpause(&self, reason: impl Into<String>) -> Result<(), SteerWorkflowError> {
        let message = Steer::Unpause(Unpause {
            reason: reason.into(),
            identity: self.identity().clone(),
            request_id: fresh_request_id(),
        });
        Ok(self.service().steer(self.target(), message).await?)
    }

    /// Pauses a pending activity: no attempt of it is started until it is
    /// [unpaused](Self::unpause_activity).
    ///
    /// An attempt that runs is told, by [`ActivityContext::paused`](crate::ActivityContext::paused), and
    /// may go on to its end, which counts. Clocks go on. One that is paused already stays so, for the
    /// reason that was given first. [`describe`](Self::describe) lists the ids of pending activities.
    ///
    /// # Durability
    /// Once it returns, the pause is recorded. The history does not show it.
    ///
    /// # Errors
    /// [`SteerWorkflowError`] if there is no open run, no such activity is pending, or the engine does
    /// not answer.
    pub async fn pause_activity(
        &self,
        activity_id: impl Into<ActivityId>,
        reason: impl Into<String>,
    ) -> Result<(), SteerWorkflowError> {
        let message = Steer::PauseActivity(PauseActivity {
            activity_id: activity_id.into(),
            reason: reason.into(),
            identity: self.identity().clone(),
        });
        Ok(self.service().steer(self.target(), message).await?)
    }

    /// Lets an activity go on that was [paused](Self::pause_activity). If no attempt of it runs, the next
    /// one starts without waiting for the rest of its backoff.
    ///
    /// # Errors
    /// [`SteerWorkflowError`] if there is no open run, no such activity is pending or it is not paused, or
    /// the engine does not answer.
    pub fn unpause_activity(&self, activity_id: impl Into<ActivityId>) -> UnpauseActivity<'_, W> {
        UnpauseActivity {
            handle: self,
            message: Message {
                activity_id: activity_id.into(),
                resets_attempts: false,
                forgets_heartbeat: false,
            },
        }
    }

    /// Has the attempts of a pending activity counted anew, as if it had just been scheduled.
    ///
    /// One that backs off is tried again at once, as its first attempt. One that runs goes on, and the
    /// attempt behind it is the first. Clocks that span all attempts are not set back. A pause stays.
    ///
    /// # Errors
    /// [`SteerWorkflowError`] if there is no open run, no such activity is pending, or the engine does
    /// not answer.
    pub async fn reset_activity(
        &self,
        activity_id: impl Into<ActivityId>,
    ) -> Result<(), SteerWorkflowError> {
        let message = Steer::ResetActivity(ResetActivity {
            activity_id: activity_id.into(),
            forgets_heartbeat: false,
        });
        Ok(self.service().steer(self.target(), message).await?)
    }

    /// Gives a pending activity other options: timeouts, retry policy, task queue.
    ///
    /// Clocks that run go by the new options at once. So does an attempt that backs off: with another retry
    /// policy it waits as long after the last failure as that says. An attempt that runs stays where it is,
    /// and is not told.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(order: sempre::client::UntypedHandle) -> Result<(), sempre::client::SteerWorkflowError> {
    /// use sempre::model::ActivityOptionsChange;
    /// use std::time::Duration;
    ///
    /// let patient = ActivityOptionsChange::default().start_to_close(Duration::from_secs(600));
    /// order.update_activity_options("charge", patient).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SteerWorkflowError`] if there is no open run, no such activity is pending, the options make no
    /// sense together, or the engine does not answer.
    pub async fn update_activity_options(
        &self,
        activity_id: impl Into<ActivityId>,
        change: ActivityOptionsChange,
    ) -> Result<(), SteerWorkflowError> {
        let message = Steer::UpdateActivityOptions(UpdateActivityOptions {
            activity_id: activity_id.into(),
            change,
        });
        Ok(self.service().steer(self.target(), message).await?)
    }
}

/// How an activity is to go on that was paused; await it to let it.
#[derive(Debug)]
#[must_use = "an activity does not go on unless this is awaited"]
pub struct UnpauseActivity<'h, W> {
    #[debug(skip)]
    handle: &'h ExecutionHandle<W>,
    message: Message,
}

impl<W> UnpauseActivity<'_, W> {
    /// Has its attempts counted anew: the next one is the first.
    pub fn reset_attempts(mut self) -> Self {
        self.message.resets_attempts = true;
        self
    }

    /// Forgets what the last heartbeat said, and has its attempts counted anew.
    pub fn forget_heartbeat(mut self) -> Self {
        self.message.forgets_heartbeat = true;
        self
    }
}

impl<'h, W: Sync> IntoFuture for UnpauseActivity<'h, W> {
    type Output = Result<(), SteerWorkflowError>;
    type IntoFuture = BoxFuture<'h, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let service = self.handle.service();
        let answer = service.steer(self.handle.target(), Steer::UnpauseActivity(self.message));
        Box::pin(async move { Ok(answer.await?) })
    }
}
