//! The workflows and activities that do the work.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sempre::{
    ActivityError, Canceled, EngineBuilder, Timestamp, WaitError, Workflow, WorkflowContext,
    activities, activity, handlers,
    model::limits::PENDING_ACTIVITIES_MAX,
    workflow::{ChildError, ExternalWorkflowError, combinator::map_concurrent},
};
use tokio::sync::watch;

use crate::clock;

/// An engine builder with everything that scenarios use.
pub(crate) fn register(builder: EngineBuilder, alarms: &Alarms) -> EngineBuilder {
    builder
        .workflow::<Steps>()
        .workflow::<OnTheSpot>()
        .workflow::<FanOut>()
        .workflow::<Mapped>()
        .workflow::<Counter>()
        .workflow::<Parent>()
        .workflow::<Sender>()
        .workflow::<Chain>()
        .workflow::<Sleeper>()
        .workflow::<Alarm>()
        .workflow::<Relay>()
        .activities(nothing)
        .activities(echo)
        .activities(alarms.clone())
}

/// Does next to nothing.
#[activity(start_to_close = "1m")]
async fn nothing(number: u32) -> u32 {
    number
}

/// Gives back what it was given.
#[activity(start_to_close = "1m")]
async fn echo(payload: String) -> String {
    payload
}

/// Takes so many milliseconds, and none of them of the processor.
#[activity(start_to_close = "1m")]
pub(crate) async fn brief(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Activities that take a while each, all at once.
#[derive(Workflow, Default)]
pub(crate) struct Crowd;

#[handlers]
impl Crowd {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (width, millis): (u32, u64),
    ) -> Result<(), ActivityError<Infallible>> {
        let calls = (0..width).map(|_| ctx.activity(brief, millis).start());
        for call in calls.collect::<Vec<_>>() {
            call.await?;
        }
        Ok(())
    }
}

/// One activity after the other.
#[derive(Workflow, Default)]
pub(crate) struct Steps {
    sum: u32,
}

#[handlers]
impl Steps {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: u32) -> Result<u32, ActivityError<Infallible>> {
        for step in 0..steps {
            let number = ctx.activity(nothing, step).await?;
            ctx.update(|steps| steps.sum += number);
        }
        Ok(ctx.state(|steps| steps.sum))
    }

    #[query]
    pub(crate) fn sum(&self) -> u32 {
        self.sum
    }
}

/// One local activity after the other.
#[derive(Workflow, Default)]
pub(crate) struct OnTheSpot;

#[handlers]
impl OnTheSpot {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: u32) -> Result<u32, ActivityError<Infallible>> {
        let mut sum = 0;
        for step in 0..steps {
            sum += ctx.local_activity(nothing, step).await?;
        }
        Ok(sum)
    }
}

/// As many activities at once as a run may have, until all are done.
#[derive(Workflow, Default)]
pub(crate) struct FanOut;

#[handlers]
impl FanOut {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, width: u32) -> Result<u32, ActivityError<Infallible>> {
        let mut calls = (0..width).map(|number| ctx.activity(nothing, number).start());
        let mut running: VecDeque<_> = calls.by_ref().take(PENDING_ACTIVITIES_MAX).collect();
        let mut sum = 0;
        while let Some(oldest) = running.pop_front() {
            sum += oldest.await?;
            running.extend(calls.next());
        }
        Ok(sum)
    }
}

/// A hundred activities at a time, until all are done.
#[derive(Workflow, Default)]
pub(crate) struct Mapped;

#[handlers]
impl Mapped {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, width: u32) -> Result<u32, ActivityError<Infallible>> {
        let numbers = map_concurrent(0..width, 100, |number| ctx.activity(nothing, number));
        numbers.await.into_iter().sum()
    }
}

/// Counts signals and updates up to a number.
#[derive(Workflow, Default)]
pub(crate) struct Counter {
    count: u32,
}

#[handlers]
impl Counter {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, wanted: u32) -> Result<u32, WaitError> {
        ctx.wait_until(|counter| counter.count >= wanted).await?;
        Ok(ctx.state(|counter| counter.count))
    }

    #[signal]
    pub(crate) fn add(&mut self, number: u32) {
        self.count += number;
    }

    #[update]
    pub(crate) fn raise(&mut self, number: u32) -> u32 {
        self.count += number;
        self.count
    }

    #[query]
    pub(crate) fn count(&self) -> u32 {
        self.count
    }
}

/// Children of so many steps each, and so many of them at once.
#[derive(Workflow, Default)]
pub(crate) struct Parent;

#[handlers]
impl Parent {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (children, steps, at_once): (u32, u32, usize),
    ) -> Result<(), ChildError<ActivityError<Infallible>>> {
        let mut calls = (0..children).map(|_| ctx.child::<Steps>(..).run(steps));
        let mut running: VecDeque<_> = calls.by_ref().take(at_once).collect();
        while let Some(oldest) = running.pop_front() {
            oldest.await?;
            running.extend(calls.next());
        }
        Ok(())
    }
}

/// Signals to a [`Counter`], so many of them at once.
#[derive(Workflow, Default)]
pub(crate) struct Sender;

#[handlers]
impl Sender {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (counter, signals, at_once): (String, u32, usize),
    ) -> Result<(), ExternalWorkflowError> {
        let counter = ctx.external::<Counter>(counter);
        let mut calls = (0..signals).map(|_| counter.add(1));
        let mut running: VecDeque<_> = calls.by_ref().take(at_once).collect();
        while let Some(oldest) = running.pop_front() {
            oldest.await?;
            running.extend(calls.next());
        }
        Ok(())
    }
}

/// Runs that do nothing but follow one another.
#[derive(Workflow, Default)]
pub(crate) struct Chain;

#[handlers]
impl Chain {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, runs: u32) -> Result<(), Canceled> {
        if runs > 1 {
            match ctx.continue_as_new(runs - 1).await {}
        }
        Ok(())
    }
}

/// A timer far away, and an activity when it fires.
#[derive(Workflow, Default)]
pub(crate) struct Sleeper;

#[handlers]
impl Sleeper {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, hours: u64) -> Result<(), Canceled> {
        ctx.sleep(Duration::from_secs(3600 * hours)).await?;
        let due = ctx.now().as_nanos();
        // Nothing of it can fail but the run's own end.
        let _rung = ctx.activity(Alarms::ring, due).await;
        Ok(())
    }
}

/// A timer that fires at a moment, and an activity that looks how late it is then.
#[derive(Workflow, Default)]
pub(crate) struct Alarm;

#[handlers]
impl Alarm {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, due_nanos: u64) -> Result<(), Canceled> {
        let due = Timestamp::from_nanos(due_nanos);
        ctx.sleep(due.since(ctx.now())).await?;
        let _rung = ctx.activity(Alarms::ring, due_nanos).await;
        Ok(())
    }
}

/// A payload, handed from one activity to the next.
#[derive(Workflow, Default)]
pub(crate) struct Relay;

#[handlers]
impl Relay {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (payload, steps): (String, u32),
    ) -> Result<(), ActivityError<Infallible>> {
        let mut payload = payload;
        for _ in 0..steps {
            payload = ctx.activity(echo, payload).await?;
        }
        Ok(())
    }
}

/// The alarms that have rung, and how late each was.
#[derive(Clone, Debug)]
pub(crate) struct Alarms {
    late: Arc<Mutex<Vec<Duration>>>,
    rung: watch::Sender<usize>,
}

#[activities]
impl Alarms {
    #[activity(start_to_close = "1m")]
    async fn ring(&self, due_nanos: u64) {
        let late = clock::wall().since(Timestamp::from_nanos(due_nanos));
        let mut all = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(late);
        // Invariant: told in the order of the count, because the list is still locked.
        self.rung.send_replace(all.len());
    }
}

impl Alarms {
    pub(crate) fn new() -> Self {
        Self {
            late: Arc::default(),
            rung: watch::Sender::new(0),
        }
    }

    /// Waits until this many have rung, and takes how late each was.
    pub(crate) async fn take(&self, count: usize) -> Vec<Duration> {
        let mut rung = self.rung.subscribe();
        // The sender is here, so there will be news; what is looked at is locked, and let go.
        drop(rung.wait_for(|rung| *rung >= count).await);
        let mut all = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        self.rung.send_replace(0);
        std::mem::take(&mut *all)
    }
}
