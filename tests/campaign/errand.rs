//! What the child does about each request; again, if an earlier process has done it.

use std::{error::Error, path::PathBuf, sync::Arc, time::Duration};

use sempre::{
    Engine,
    bulk::StartBulk,
    client::{DeleteWorkflowError, RequestError, SignalWorkflowError, UpdateError},
    model::{ContentKey, ResetPoint},
    runtime::TaskQueueOptions,
    schedule::{OverlapPolicy, ScheduleError},
    storage::{FileStorage, PayloadStorage as _, SledStore},
};

use crate::campaign::{
    child::say,
    line::{Reply, Request, Setting},
    mutant::Mutant,
    workload::{
        Again, BANK, Board, BoardHandle as _, Chit, SCHEDULE, Tick, Trip, TripHandle as _,
        again_id, arrival, board_id, cheer_id, chit_id, large, last_content, reset_id, tell_id,
        trip_id,
    },
};

/// How often something is looked at of which nobody tells.
const POLLED: Duration = Duration::from_millis(10);

/// What came of it, in words where there are any; a fault of the engine is an error.
type Outcome = Result<String, Box<dyn Error>>;

/// What it takes to do what is asked for.
pub(super) struct Errand {
    pub(super) engine: Engine,
    pub(super) payloads: Arc<FileStorage>,
    pub(super) backups: PathBuf,
    pub(super) mutant: Option<Mutant>,
}

/// What the bank's queue may do while it is limited.
pub(super) fn limited() -> TaskQueueOptions {
    TaskQueueOptions::default().max_concurrent_attempts(1)
}

impl Errand {
    /// Does what is asked for.
    pub(super) async fn carry_out(&self, request: &Request) -> Result<Reply, Box<dyn Error>> {
        let said = match request {
            Request::Trip(trip) => self.travel(request, *trip).await?,
            Request::Cheer(trip, number) => self.cheer(*trip, *number).await?,
            Request::Tell(trip) => match self.tell(*trip).await? {
                Some(said) => said,
                None => return Ok(Reply::Refused(request.clone())),
            },
            Request::Again(number) => self.begin(request, *number).await?,
            Request::Reset(number, time) => self.reset(request, *number, *time).await?,
            Request::Board(number) => self.open_board(*number).await?,
            Request::Close(number) => self.close_board(*number).await?,
            Request::Chit(number) => self.write_chit(request, *number).await?,
            Request::Tear(number) => self.tear_chit(*number).await?,
            Request::Post(number) => {
                let boards = self.engine.bulk("WorkflowType = 'Board'");
                let job = boards.signal::<Board>(|board| board.post(*number));
                see_through(request, job.job_id(format!("post-{number}"))).await?
            }
            Request::Sweep(number) => {
                let chits = "WorkflowType = 'Chit' AND ExecutionStatus = 'Completed'";
                let job = self.engine.bulk(chits).delete();
                see_through(request, job.job_id(format!("sweep-{number}"))).await?
            }
            Request::Set(setting) => self.set(*setting).await?,
            Request::Schedule => self.schedule().await?,
            Request::Unschedule => self.unschedule().await?,
            Request::Backup(_) => self.back_up().await?,
            Request::Swept => self.wait_for_sweep().await?,
            Request::Expire => self.wait_for_expiry().await?,
        };
        Ok(Reply::Done(request.clone(), said))
    }

    async fn travel(&self, request: &Request, trip: u32) -> Outcome {
        let handle = self.engine.workflow::<Trip>(trip_id(trip));
        let start = handle.start(large("trip", trip));
        let handle = start.request_id(trip_id(trip)).await?;
        begun(request, handle.run_id())?;
        expect(handle.result().await? == arrival(trip), request)
    }

    async fn cheer(&self, trip: u32, number: u32) -> Outcome {
        let handle = self.engine.workflow::<Trip>(trip_id(trip));
        let cheer = handle.cheer(number).request_id(cheer_id(trip, number));
        if self.mutant == Some(Mutant::AnswerEarly) {
            let late = async {
                actix::clock::sleep(POLLED).await;
                cheer.await
            };
            drop(actix::spawn(late));
            return Ok(String::new());
        }
        match cheer.await {
            // It had come before, and the trip has closed since.
            Ok(()) | Err(SignalWorkflowError::Closed { .. }) => Ok(String::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing where the trip is paused.
    async fn tell(&self, trip: u32) -> Result<Option<String>, Box<dyn Error>> {
        let handle = self.engine.workflow::<Trip>(trip_id(trip));
        match handle.tell(trip).id(tell_id(trip)).await {
            Ok(said) => expect(said == trip, &Request::Tell(trip)).map(Some),
            Err(UpdateError::NotReady { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn begin(&self, request: &Request, number: u32) -> Outcome {
        let handle = self.engine.workflow::<Again>(again_id(number));
        let handle = handle.start(number).request_id(again_id(number)).await?;
        begun(request, handle.run_id())?;
        expect(handle.result().await? == number, request)
    }

    async fn reset(&self, request: &Request, number: u32, time: u32) -> Outcome {
        let handle = self.engine.workflow::<Again>(again_id(number));
        let point = match time % 2 {
            0 => ResetPoint::FirstTask,
            _ => ResetPoint::LastTask,
        };
        let reset = handle.reset(point).request_id(reset_id(number, time));
        let handle = reset.await?;
        begun(request, handle.run_id())?;
        expect(handle.result().await? == number, request)
    }

    async fn open_board(&self, number: u32) -> Outcome {
        let handle = self.engine.workflow::<Board>(board_id(number));
        handle.start(()).request_id(board_id(number)).await?;
        Ok(String::new())
    }

    async fn close_board(&self, number: u32) -> Outcome {
        let handle = self.engine.workflow::<Board>(board_id(number));
        match handle.close().request_id("close").await {
            Ok(()) | Err(SignalWorkflowError::Closed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(serde_json::to_string(&handle.result().await?)?)
    }

    async fn write_chit(&self, request: &Request, number: u32) -> Outcome {
        let value = large("chit", number);
        let handle = self.engine.workflow::<Chit>(chit_id(number));
        let start = handle.start(value.clone());
        let handle = start.request_id(chit_id(number)).await?;
        begun(request, handle.run_id())?;
        expect(handle.result().await? == value, request)
    }

    async fn tear_chit(&self, number: u32) -> Outcome {
        match self.engine.execution(chit_id(number)).delete().await {
            Ok(()) | Err(DeleteWorkflowError::Request(RequestError::NotFound { .. })) => {
                Ok(String::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn set(&self, setting: Setting) -> Outcome {
        let (bank, trips) = (
            self.engine.task_queue(BANK),
            self.engine.workflow_type("Trip"),
        );
        if self.mutant == Some(Mutant::ForgetSetting) {
            return Ok(String::new());
        }
        match setting {
            Setting::PauseQueue => bank.pause("the bank is down").await?,
            Setting::UnpauseQueue => bank.unpause("it is back").await?,
            Setting::LimitQueue => bank.limit(limited(), "it is slow").await?,
            Setting::RestoreQueue => bank.restore("it is quick").await?,
            Setting::PauseType => trips.pause("a storm").await?,
            Setting::UnpauseType => trips.unpause("it has passed").await?,
        }
        Ok(String::new())
    }

    async fn schedule(&self) -> Outcome {
        let schedule = self.engine.schedule(SCHEDULE).create::<Tick>(());
        let schedule = schedule.every(Duration::from_secs(1));
        match schedule.overlap(OverlapPolicy::AllowAll).await {
            Ok(_) | Err(ScheduleError::AlreadyExists { .. }) => Ok(String::new()),
            Err(error) => Err(error.into()),
        }
    }

    async fn unschedule(&self) -> Outcome {
        match self.engine.schedule(SCHEDULE).delete().await {
            Ok(()) | Err(ScheduleError::NotFound { .. }) => Ok(String::new()),
            Err(error) => Err(error.into()),
        }
    }

    async fn back_up(&self) -> Outcome {
        if self.mutant == Some(Mutant::OldBackup)
            && let Some(before) = SledStore::backups(&self.backups)?.last()
        {
            return Ok(before.number.to_string());
        }
        let backup = self.engine.backup(&self.backups).payloads().await?;
        Ok(backup.store.number.to_string())
    }

    async fn wait_for_sweep(&self) -> Outcome {
        let last = ContentKey::of(&last_content());
        while self.payloads.get(&last)?.is_some() {
            actix::clock::sleep(POLLED).await;
        }
        Ok(String::new())
    }

    async fn wait_for_expiry(&self) -> Outcome {
        while self.engine.count("WorkflowType = 'Chit'").await?.total > 0 {
            actix::clock::sleep(POLLED).await;
        }
        Ok(String::new())
    }
}

/// Has a job run, and says how many runs it was about, acted on, left out, and was refused by.
async fn see_through(request: &Request, job: StartBulk) -> Outcome {
    let job = job.rate(1_000).start().await?;
    begun(request, None::<String>)?;
    let ended = job.result().await?;
    let counts = [ended.matched, ended.done, ended.skipped, ended.failed];
    Ok(serde_json::to_string(&counts)?)
}

/// Says that what a request has started is recorded, and as which run.
fn begun(request: &Request, run_id: Option<impl ToString>) -> Result<(), Box<dyn Error>> {
    let run_id = run_id.map_or_else(String::new, |it| it.to_string());
    Ok(say(&Reply::Begun(request.clone(), run_id))?)
}

fn expect(is_so: bool, request: &Request) -> Outcome {
    if is_so {
        return Ok(String::new());
    }
    say(&Reply::Wrong(format!(
        "{request:?} has come to something else"
    )))?;
    Ok(String::new())
}
