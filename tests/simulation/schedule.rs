//! Schedules: what clients may ask of them, how it is drawn, and how it is asked.

use std::time::Duration;

use derive_more::Debug;
use futures::{FutureExt as _, future::LocalBoxFuture};
use sempre::{
    model::{
        RequestId, Timestamp, WorkflowId,
        schedule::{SCHEDULER_PREFIX, scheduler_id},
    },
    schedule::{OverlapPolicy, ScheduleError, ScheduleHandle},
};

use crate::simulation::{chance::Chance, client::Answer, program::Program, script::Script};

/// Schedules that a plan speaks of.
const SCHEDULES: u32 = 2;

/// What is asked of a schedule.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum ScheduleAsk {
    Create(Box<Draft>),
    Trigger,
    /// Carries so many of the last times out once more.
    Backfill(u32),
    Pause,
    Unpause,
    Delete,
    Describe,
}

/// A schedule that is to be. Times are in seconds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Draft {
    program: Program,
    pub(crate) every: u32,
    /// How many times it has, about.
    times: u32,
    pub(crate) overlap: OverlapPolicy,
    window: Option<u32>,
}

impl ScheduleAsk {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        match chance.below(12) {
            0..=4 => Self::Create(Box::new(Draft::draw(chance))),
            5 | 6 => Self::Trigger,
            7 => Self::Backfill(chance.between(1, 4)),
            8 => Self::Pause,
            9 => Self::Unpause,
            10 => Self::Delete,
            _ => Self::Describe,
        }
    }
}

impl Draft {
    fn draw(chance: &mut Chance) -> Self {
        let overlap = [
            (3, OverlapPolicy::Skip),
            (1, OverlapPolicy::BufferOne),
            (2, OverlapPolicy::BufferAll),
            (1, OverlapPolicy::CancelOther),
            (1, OverlapPolicy::TerminateOther),
            (1, OverlapPolicy::AllowAll),
        ];
        Self {
            program: Program::draw(chance),
            every: chance.between(1, 6) * 20,
            times: chance.between(1, 5),
            overlap: chance.weighted(&overlap, OverlapPolicy::Skip),
            window: chance.maybe(3, |chance| chance.between(10, 60)),
        }
    }
}

/// The id of a schedule.
pub(crate) fn schedule_id(schedule: u32) -> String {
    format!("schedule-{schedule}")
}

/// The execution that one of the schedules of a world is.
pub(crate) fn draw_scheduler(chance: &mut Chance) -> WorkflowId {
    scheduler_id(&schedule_id(chance.below(SCHEDULES)))
}

/// The id of the schedule that this execution is, if it is one.
pub(crate) fn schedule_of(scheduler: &WorkflowId) -> Option<&str> {
    scheduler.as_str().strip_prefix(SCHEDULER_PREFIX)
}

/// An action of a schedule, as the request id of its run names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Action {
    pub(crate) schedule_id: String,
    pub(crate) time: Timestamp,
    /// Tells those apart that somebody has asked for by hand; empty for the others.
    occasion: String,
}

impl Action {
    /// Whether somebody has asked for it by hand.
    pub(crate) fn is_by_hand(&self) -> bool {
        !self.occasion.is_empty()
    }

    /// The action that a run is; `None` if no schedule has started it.
    pub(crate) fn of(request_id: &RequestId) -> Option<Self> {
        let rest = request_id.as_str().strip_prefix(SCHEDULER_PREFIX)?;
        let (schedule_id, time) = rest.rsplit_once('@')?;
        let (nanos, occasion) = time.split_once('/').unwrap_or((time, ""));
        Some(Self {
            schedule_id: schedule_id.to_owned(),
            time: Timestamp::from_nanos(nanos.parse().ok()?),
            occasion: occasion.to_owned(),
        })
    }
}

/// Asks something of a schedule.
pub(crate) fn ask(
    what: &ScheduleAsk,
    handle: ScheduleHandle,
    now: Timestamp,
    misses_time: bool,
) -> LocalBoxFuture<'static, Answer> {
    let told = |answer: Result<(), ScheduleError>| match answer {
        Ok(()) => Answer::Scheduled,
        Err(error) => Answer::Unscheduled(error),
    };
    let what = what.clone();
    let asking = async move {
        match what {
            ScheduleAsk::Create(draft) => told(create(*draft, &handle, now, misses_time).await),
            ScheduleAsk::Trigger => told(handle.trigger().await),
            ScheduleAsk::Backfill(times) => {
                let from = now.before(seconds(times * 60));
                told(handle.backfill(from, now).await)
            }
            ScheduleAsk::Pause => told(handle.pause("as written").await),
            ScheduleAsk::Unpause => told(handle.unpause("as written").await),
            ScheduleAsk::Delete => told(handle.delete().await),
            ScheduleAsk::Describe => match handle.describe().await {
                Ok(description) => Answer::ScheduleDescribed(Box::new(description)),
                Err(error) => Answer::Unscheduled(error),
            },
        }
    };
    let mut asking = asking.boxed_local();
    // It is asked now, and not when somebody looks for the answer.
    match (&mut asking).now_or_never() {
        Some(answer) => futures::future::ready(answer).boxed_local(),
        None => asking,
    }
}

async fn create(
    draft: Draft,
    handle: &ScheduleHandle,
    now: Timestamp,
    misses_time: bool,
) -> Result<(), ScheduleError> {
    let every = seconds(draft.every);
    let mut create = handle
        .create::<Script>(draft.program)
        .every(every)
        .end_at(now.after(every * draft.times))
        .overlap(draft.overlap);
    if misses_time {
        create = create.start_at(now.after(every));
    }
    if let Some(window) = draft.window {
        create = create.catchup_window(seconds(window));
    }
    create.await.map(drop)
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}
