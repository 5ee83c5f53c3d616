//! Schedules that an engine is described with, and that it creates when it starts.

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    client::EngineClient,
    definition::WorkflowSignature,
    model::Timestamp,
    runtime::{Engine, EngineBuilder, StartEngineError},
    schedule::{CreateSchedule, InvalidSchedule, ScheduleError, ScheduleHandle},
};

/// A schedule that is to exist.
#[derive(Debug)]
pub(super) struct DefaultSchedule {
    schedule_id: String,
    #[debug(skip)]
    check: Box<dyn Fn(Timestamp) -> Result<(), InvalidSchedule> + Send>,
    #[debug(skip)]
    create: Box<dyn FnOnce(ScheduleHandle) -> Created + Send>,
}

type Created = BoxFuture<'static, Result<ScheduleHandle, ScheduleError>>;

impl EngineBuilder {
    /// Adds a schedule, which is created when the engine starts unless there is one with this id.
    ///
    /// One that is there stays as it is, whatever is said here:
    /// [`update`](ScheduleHandle::update) changes it.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{Engine, guide::example::Order, storage::MemoryStore};
    /// # use std::sync::Arc;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::on_store(Arc::new(MemoryStore::new()))
    ///     .workflow::<Order>()
    ///     .schedule::<Order>("nightly", (), |nightly| nightly.cron("0 3 * * *"))
    ///     .start()
    ///     .await?;
    /// assert_eq!(engine.schedules().await?.ids, ["nightly"]);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a schedule takes its input, as a start does"
    )]
    pub fn schedule<W: WorkflowSignature>(
        mut self,
        schedule_id: impl Into<String>,
        input: W::Input,
        describe: impl FnOnce(CreateSchedule<W>) -> CreateSchedule<W>,
    ) -> Self {
        let schedule_id = schedule_id.into();
        let nowhere = EngineClient::nowhere();
        let handle = ScheduleHandle::new(
            nowhere.service(),
            self.identity.clone(),
            self.clock.clone(),
            schedule_id.clone(),
        );
        let create = describe(CreateSchedule::new(handle, &input));
        let checked = create.schedule().clone();
        let id = schedule_id.clone();
        self.schedules.push(DefaultSchedule {
            schedule_id,
            check: Box::new(move |now| checked.check(&id, now)),
            create: Box::new(move |handle| create.on(handle).into_future()),
        });
        self
    }
}

/// Refuses schedules that make no sense.
pub(super) fn check(schedules: &[DefaultSchedule], now: Timestamp) -> Result<(), StartEngineError> {
    for schedule in schedules {
        (schedule.check)(now).map_err(|error| StartEngineError::Schedule {
            schedule_id: schedule.schedule_id.clone(),
            error: error.into(),
        })?;
    }
    Ok(())
}

/// Creates those that are not there.
pub(super) async fn create(
    engine: &Engine,
    schedules: Vec<DefaultSchedule>,
) -> Result<(), StartEngineError> {
    for schedule in schedules {
        let schedule_id = schedule.schedule_id;
        match (schedule.create)(engine.schedule(schedule_id.as_str())).await {
            Ok(_) | Err(ScheduleError::AlreadyExists { .. }) => {}
            Err(error) => return Err(StartEngineError::Schedule { schedule_id, error }),
        }
    }
    Ok(())
}
