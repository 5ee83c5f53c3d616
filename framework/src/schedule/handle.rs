//! A schedule as its callers hold it.

use std::sync::Arc;

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    client::{WorkflowHandle, WorkflowService},
    clock::SharedClock,
    definition::WorkflowSignature,
    model::{Identity, Timestamp, schedule::scheduler_id},
    schedule::{
        ConflictToken, CreateSchedule, InvalidSchedule, OverlapPolicy, Schedule,
        ScheduleDescription, ScheduleError,
        desk::Change,
        scheduler::{Scheduler, SchedulerHandle as _},
    },
};

/// A schedule by its id.
///
/// A cheap clone that holds nothing alive. Made by [`Engine::schedule`](crate::Engine::schedule).
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// let orders = engine.schedule("orders").create::<Order>(()).cron("@daily").await?;
/// orders.pause("stocktaking").await?;
/// orders.trigger().await?; // also while it is paused
///
/// let seen = orders.describe().await?;
/// assert_eq!(seen.schedule.note, "stocktaking");
/// orders.delete().await?;
/// assert!(orders.describe().await.is_err());
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ScheduleHandle {
    schedule_id: String,
    scheduler: WorkflowHandle<Scheduler>,
    #[debug(skip)]
    clock: SharedClock,
}

impl ScheduleHandle {
    pub(crate) fn new(
        service: Arc<dyn WorkflowService>,
        identity: Identity,
        clock: SharedClock,
        schedule_id: String,
    ) -> Self {
        Self {
            scheduler: WorkflowHandle::new(service, identity, scheduler_id(&schedule_id)),
            schedule_id,
            clock,
        }
    }

    /// The same schedule in the name of somebody, who stands in the history of what is done to it.
    /// Default: this process.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let orders = engine.schedule("orders").create::<Order>(()).cron("@daily").await?;
    /// orders.identity("ada").pause("stocktaking").await?;
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.scheduler = self.scheduler.in_the_name_of(identity.into());
        self
    }

    /// The schedule's id.
    pub fn id(&self) -> &str {
        &self.schedule_id
    }

    pub(super) fn scheduler(&self) -> &WorkflowHandle<Scheduler> {
        &self.scheduler
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.read().wall
    }

    /// Creates the schedule, which starts a workflow of this type with this input at each of its
    /// times; see [`CreateSchedule`] for when, and for the rules.
    ///
    /// # Errors
    /// [`ScheduleError`] if it makes no sense, the id is taken, or the engine does not answer.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a schedule takes its input, as a start does"
    )]
    pub fn create<W: WorkflowSignature>(&self, input: W::Input) -> CreateSchedule<W> {
        CreateSchedule::new(self.clone(), &input)
    }

    /// How the schedule stands: what it is, what it has done, and when it acts next.
    ///
    /// # Errors
    /// [`ScheduleError`] if there is none, or the engine does not answer.
    pub async fn describe(&self) -> Result<ScheduleDescription, ScheduleError> {
        // One that was deleted still answers queries.
        let status = self.scheduler.describe().await;
        let is_open = status.map(|it| it.status.is_open());
        if !is_open.map_err(|error| ScheduleError::of_request(self.id(), error))? {
            return Err(ScheduleError::not_found(self.id()));
        }
        let desk = self.scheduler.desk().await;
        let desk = desk.map_err(|error| ScheduleError::of_query(self.id(), error))?;
        Ok(ScheduleDescription::new(desk, self.now()))
    }

    /// Makes the schedule this one, if it still is as it was when it was described; says which version
    /// it is now.
    ///
    /// Times that have passed are over, whatever the new ones are; actions that wait or run go on.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::schedule::{ScheduleError, ScheduleSpec};
    ///
    /// let orders = engine.schedule("orders").create::<Order>(()).cron("@daily").await?;
    /// let mut seen = orders.describe().await?;
    /// seen.schedule.spec = ScheduleSpec::default().cron("@hourly");
    /// orders.update(seen.schedule.clone(), seen.conflict_token).await?;
    ///
    /// // Whoever has seen the version before is told so.
    /// let late = orders.update(seen.schedule, seen.conflict_token).await;
    /// assert_eq!(late, Err(ScheduleError::Conflict));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ScheduleError`] if it makes no sense, has been changed meanwhile, is not there, or the engine
    /// does not answer.
    pub async fn update(
        &self,
        schedule: Schedule,
        seen: ConflictToken,
    ) -> Result<ConflictToken, ScheduleError> {
        schedule.check(self.id(), self.now())?;
        self.change(Change::Replace(Box::new(schedule), Some(seen.0)))
            .await
    }

    /// Pauses the schedule: the times that pass meanwhile are left out. Actions that run go on, and
    /// those asked for by hand are carried out.
    ///
    /// # Errors
    /// [`ScheduleError`] if there is none, or the engine does not answer.
    pub async fn pause(&self, note: impl Into<String>) -> Result<(), ScheduleError> {
        self.change(Change::Pause(true, note.into())).await?;
        Ok(())
    }

    /// Lets the schedule act again, from now on.
    ///
    /// # Errors
    /// [`ScheduleError`] if there is none, or the engine does not answer.
    pub async fn unpause(&self, note: impl Into<String>) -> Result<(), ScheduleError> {
        self.change(Change::Pause(false, note.into())).await?;
        Ok(())
    }

    /// Has the schedule act now, also if it is paused or has no actions left.
    ///
    /// The time of the action is now, in whole seconds in its workflow's id; two within one second
    /// overlap in that, and the second one fails while the first runs.
    ///
    /// # Errors
    /// [`ScheduleError`] if there is none, or the engine does not answer.
    pub fn trigger(&self) -> ByHand {
        ByHand::new(self, Change::Trigger)
    }

    /// Has the schedule carry out now what its spec has between two times, both included, whether it
    /// was carried out before or not.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{Timestamp, guide::example::Order};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::schedule::OverlapPolicy;
    ///
    /// let orders = engine.schedule("orders").create::<Order>(()).cron("@hourly").await?;
    /// let (from, until) = (Timestamp::from_secs(1_764_201_600), Timestamp::from_secs(1_764_212_400));
    /// orders.backfill(from, until).overlap(OverlapPolicy::AllowAll).await?;
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ScheduleError`] if the end is before the start, there is no such schedule, or the engine does
    /// not answer.
    pub fn backfill(&self, from: Timestamp, until: Timestamp) -> ByHand {
        let mut asked = ByHand::new(self, move |overlap| Change::Backfill(from, until, overlap));
        if until < from {
            let problem = format!("is before the start from={from} until={until}");
            asked.refused = Some(InvalidSchedule::new("until", problem));
        }
        asked
    }

    /// Deletes the schedule. Actions that run go on, and those that wait are never carried out.
    ///
    /// # Errors
    /// [`ScheduleError`] if there is none, or the engine does not answer.
    pub async fn delete(&self) -> Result<(), ScheduleError> {
        let deleted = self.scheduler.terminate("the schedule was deleted").await;
        deleted.map_err(|error| ScheduleError::of_stop(self.id(), error))
    }

    async fn change(&self, change: Change) -> Result<ConflictToken, ScheduleError> {
        let token = self.scheduler.change(change).await;
        let token = token.map_err(|error| ScheduleError::of_change(self.id(), error))?;
        Ok(ConflictToken(token))
    }
}

/// Something that a schedule is asked to do by hand; await it to ask for it.
#[derive(Debug)]
#[must_use = "nothing is asked for until it is awaited"]
pub struct ByHand {
    handle: ScheduleHandle,
    overlap: Option<OverlapPolicy>,
    refused: Option<InvalidSchedule>,
    #[debug(skip)]
    change: Box<dyn FnOnce(Option<OverlapPolicy>) -> Change + Send>,
}

impl ByHand {
    fn new(
        handle: &ScheduleHandle,
        change: impl FnOnce(Option<OverlapPolicy>) -> Change + Send + 'static,
    ) -> Self {
        Self {
            handle: handle.clone(),
            overlap: None,
            refused: None,
            change: Box::new(change),
        }
    }

    /// The same with this rule for actions that overlap. Default: that of the schedule.
    pub fn overlap(mut self, overlap: OverlapPolicy) -> Self {
        self.overlap = Some(overlap);
        self
    }
}

impl IntoFuture for ByHand {
    type Output = Result<(), ScheduleError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if let Some(refused) = self.refused {
                return Err(refused.into());
            }
            let change = (self.change)(self.overlap);
            self.handle.change(change).await?;
            Ok(())
        })
    }
}
