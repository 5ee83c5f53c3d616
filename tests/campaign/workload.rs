//! What the child's workflows do: something of everything that workflow code can do.

use std::{thread, time::Duration};

use sempre::{
    ActivityContext, ApplicationFailure, OrFailure as _, RetryPolicy, WaitError, Workflow,
    WorkflowContext, activities, activity, handlers, model::ContentKey,
};

use crate::crash::ledger::{ActivityKey, Ledger, Mark};

/// The task queue that operators pause and limit.
pub(crate) const BANK: &str = "bank";
/// The workflow that keeps what operators have set.
pub(crate) const OPERATORS: &str = "temporal-sys-operator";
/// From here on payloads are put away.
pub(crate) const THRESHOLD_BYTES: usize = 2 * 1024;
/// Signals of a trip.
pub(crate) const CHEERS: u32 = 2;
/// The schedule.
pub(crate) const SCHEDULE: &str = "tick";

/// A value that is put away, which a few have in common.
pub(crate) fn large(name: &str, number: u32) -> String {
    let shared = number / 2;
    let bytes = (shared as usize % 8 + 2) * THRESHOLD_BYTES;
    format!("{name} {shared} {}", "x".repeat(bytes))
}

/// What a trip returns: the signals that it has seen, what it was told, and what its child gave back.
pub(crate) fn arrival(trip: u32) -> (Vec<u32>, u32, String) {
    ((1..=CHEERS).collect(), trip, large("trip", trip))
}

/// Content that nobody names, whose key is behind nearly all others: it goes when they were looked at.
pub(crate) fn last_content() -> Vec<u8> {
    let contents = (0_u64..).map(|number| number.to_be_bytes().to_vec());
    let mut last =
        contents.filter(|content| ContentKey::of(content).as_bytes().starts_with(&[255]));
    last.nth(16).unwrap_or_default()
}

pub(crate) fn trip_id(trip: u32) -> String {
    format!("trip-{trip:04}")
}

pub(crate) fn cheer_id(trip: u32, number: u32) -> String {
    format!("cheer-{trip}-{number}")
}

pub(crate) fn tell_id(trip: u32) -> String {
    format!("tell-{trip}")
}

pub(crate) fn again_id(number: u32) -> String {
    format!("again-{number:04}")
}

pub(crate) fn reset_id(number: u32, time: u32) -> String {
    format!("reset-{number}-{time}")
}

pub(crate) fn board_id(number: u32) -> String {
    format!("board-{number:04}")
}

pub(crate) fn chit_id(number: u32) -> String {
    format!("chit-{number:04}")
}

fn retry() -> RetryPolicy {
    RetryPolicy::default().initial_interval(Duration::from_millis(5))
}

/// Activities of the default queue.
#[derive(Debug)]
pub(crate) struct Steps {
    pub(crate) ledger: Ledger,
}

#[activities]
impl Steps {
    /// Fails at first, then takes so many milliseconds.
    #[activity(start_to_close = "10s", retry(initial_interval = "5ms"))]
    pub(crate) async fn walk(
        &self,
        ctx: ActivityContext,
        millis: u64,
    ) -> Result<(), ApplicationFailure> {
        note(&self.ledger, &ctx, Mark::Start)?;
        let is_first = ctx.info().attempt == 1;
        if !is_first {
            actix::clock::sleep(Duration::from_millis(millis)).await;
        }
        note(&self.ledger, &ctx, Mark::End)?;
        if is_first {
            return Err(ApplicationFailure::new("stumbled", "Stumbled"));
        }
        Ok(())
    }
}

/// Activities of the queue that operators pause and limit.
#[derive(Debug)]
pub(crate) struct Bank {
    pub(crate) ledger: Ledger,
}

#[activities]
impl Bank {
    /// Takes so many milliseconds of a thread of its own.
    #[activity(start_to_close = "10s", retry(initial_interval = "5ms"))]
    #[expect(clippy::disallowed_methods, reason = "stands for work that blocks")]
    pub(crate) fn pay(&self, ctx: ActivityContext, millis: u64) -> Result<(), ApplicationFailure> {
        note(&self.ledger, &ctx, Mark::Start)?;
        thread::sleep(Duration::from_millis(millis));
        note(&self.ledger, &ctx, Mark::End)
    }
}

fn note(ledger: &Ledger, ctx: &ActivityContext, mark: Mark) -> Result<(), ApplicationFailure> {
    let info = ctx.info();
    let id = info.execution.workflow_id.to_string();
    let key: ActivityKey = (id, info.activity_id.to_string());
    ledger.write(mark, &key, info.attempt).or_failure("Ledger")
}

/// Gives back what it is given, in memory.
#[activity(start_to_close = "10s")]
pub(crate) async fn look(value: String) -> String {
    value
}

/// The child of a trip: fails at first, goes on as new, and gives back what it was given.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Leg;

#[handlers]
impl Leg {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (left, value): (u32, String),
    ) -> Result<String, ApplicationFailure> {
        if left == 0 {
            return Ok(value);
        }
        if ctx.info().attempt == 1 {
            return Err(ApplicationFailure::new("lost the way", "Lost"));
        }
        match ctx.continue_as_new((left - 1, value)).await {}
    }
}

/// A trip, the signals it has had, and what it was told.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Trip {
    cheers: Vec<u32>,
    told: Option<u32>,
}

#[handlers]
impl Trip {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        value: String,
    ) -> Result<(Vec<u32>, u32, String), ApplicationFailure> {
        let leg = ctx.child::<Leg>(..).retry(retry()).run((1, value));
        let (walk, pause, pay) = {
            let mut random = ctx.random();
            (
                random.range(0..20),
                random.range(5..30),
                random.range(0..30),
            )
        };
        ctx.activity(Steps::walk, walk).await.or_failure("Walk")?;
        let seen = large("seen", 0);
        let looked = ctx.local_activity(look, seen.clone()).await;
        if looked.or_failure("Look")? != seen {
            return Err(ApplicationFailure::new("saw something else", "Look"));
        }
        ctx.sleep(Duration::from_millis(pause))
            .await
            .or_failure("Canceled")?;
        for round in 1..=CHEERS {
            // A timer that is mostly canceled, and now and then fires first.
            let cheered = ctx.wait_until(move |it| it.cheers.len() >= round as usize);
            if let Err(WaitError::TimedOut) = cheered.timeout(Duration::from_millis(100)).await {
                let cheered = ctx.wait_until(move |it| it.cheers.len() >= round as usize);
                cheered.await.or_failure("Canceled")?;
            }
        }
        let pay = ctx.activity(Bank::pay, pay).task_queue(BANK);
        pay.await.or_failure("Pay")?;
        let told = ctx.wait_until(|it| it.told.is_some()).await;
        told.or_failure("Canceled")?;
        let value = leg.await.or_failure("Leg")?;
        Ok(ctx.state(|it| (it.cheers.clone(), it.told.unwrap_or_default(), value)))
    }

    /// Takes note of encouragement.
    #[signal]
    pub(crate) fn cheer(&mut self, number: u32) {
        self.cheers.push(number);
    }

    /// Is told something, and says it back.
    #[update]
    pub(crate) fn tell(&mut self, what: u32) -> u32 {
        self.told = Some(what);
        what
    }
}

/// A run that is reset.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Again;

#[handlers]
impl Again {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, number: u32) -> Result<u32, ApplicationFailure> {
        ctx.activity(Steps::walk, 1).await.or_failure("Walk")?;
        ctx.sleep(Duration::from_millis(5))
            .await
            .or_failure("Canceled")?;
        ctx.activity(Steps::walk, 1).await.or_failure("Walk")?;
        Ok(number)
    }
}

/// Takes notes until it is told that there are no more.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Board {
    notes: Vec<u32>,
    closed: bool,
}

#[handlers]
impl Board {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<u32>, ApplicationFailure> {
        let closed = ctx.wait_until(|it| it.closed).await;
        closed.or_failure("Canceled")?;
        Ok(ctx.state(|it| it.notes.clone()))
    }

    /// Takes a note.
    #[signal]
    pub(crate) fn post(&mut self, note: u32) {
        self.notes.push(note);
    }

    /// Ends it.
    #[signal]
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }
}

/// Gives back something large, and is deleted.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Chit;

#[handlers]
impl Chit {
    #[run]
    async fn run(_: WorkflowContext<Self>, value: String) -> Result<String, ApplicationFailure> {
        Ok(value)
    }
}

/// What the schedule starts.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Tick;

#[handlers]
impl Tick {
    #[run]
    async fn run(_: WorkflowContext<Self>) -> Result<(), ApplicationFailure> {
        Ok(())
    }
}
