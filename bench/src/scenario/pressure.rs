//! Workflows of several kinds, as many a second as are asked for, whatever became of those before.
//!
//! Each is deleted once its result is known.

use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use hdrhistogram::Histogram;
use sempre::{
    Engine,
    client::{DeleteWorkflowError, RequestError, SignalWorkflowError, StartWorkflowError},
};

use crate::{
    Outcome, clock,
    measurement::{Distribution, float},
    scenario::workload::{Alarm, Counter, CounterHandle as _, OnTheSpot, Steps},
};

/// Workflows that are under way at once while it is measured what the engine can do.
const AT_ONCE: u64 = 512;
/// How often new ones begin.
const TICK: Duration = Duration::from_millis(5);
/// How long a workflow with a timer sleeps.
const SLEEP: Duration = Duration::from_secs(1);

/// Somebody who starts workflows.
pub(super) struct Pressure<'e> {
    engine: &'e Engine,
    started: u64,
    under_way: FuturesUnordered<LocalBoxFuture<'e, Outcome<Ended>>>,
}

/// What became of a workflow.
enum Ended {
    /// It has come to its end, and took so long if that was looked at.
    Done(Option<Duration>),
    /// The engine was busy.
    Refused,
}

/// What became of some workflows.
pub(super) struct Tally {
    pub(super) asked: u64,
    pub(super) done: u64,
    pub(super) refused: u64,
    /// How long those of five steps took, in nanoseconds.
    times: Histogram<u64>,
}

impl Tally {
    fn new() -> Outcome<Self> {
        Ok(Self {
            asked: 0,
            done: 0,
            refused: 0,
            times: Histogram::new(2)?,
        })
    }

    fn count(&mut self, ended: &Ended) -> Outcome {
        match ended {
            Ended::Refused => self.refused += 1,
            Ended::Done(took) => {
                self.done += 1;
                if let Some(took) = took {
                    let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
                    self.times.record(nanos)?;
                }
            }
        }
        Ok(())
    }

    /// The same with these besides.
    pub(super) fn and(mut self, other: &Self) -> Outcome<Self> {
        self.asked += other.asked;
        self.done += other.done;
        self.refused += other.refused;
        self.times.add(&other.times)?;
        Ok(self)
    }

    /// The time that this share of the workflows of five steps did not exceed.
    pub(super) fn percentile(&self, share: f64) -> Duration {
        Duration::from_nanos(self.times.value_at_quantile(share))
    }

    /// All percentiles, for a plot.
    pub(super) fn distribution(&self, of: impl Into<String>) -> Distribution {
        let percentiles = (0..=100).map(|percent| f64::from(percent) / 100.0);
        let percentiles = percentiles.map(|share| self.percentile(share).as_secs_f64());
        Distribution {
            of: of.into(),
            percentiles: percentiles.collect(),
        }
    }
}

impl<'e> Pressure<'e> {
    pub(super) fn on(engine: &'e Engine) -> Self {
        Self {
            engine,
            started: 0,
            under_way: FuturesUnordered::new(),
        }
    }

    /// How many workflows the engine brings to their end in a second when there are always more.
    pub(super) async fn capacity(&mut self, time: Duration) -> Outcome<f64> {
        for _ in 0..AT_ONCE {
            self.start(Kind::awake);
        }
        let begun = clock::now();
        let mut done = 0;
        while begun.elapsed() < time {
            if let Some(ended) = self.under_way.next().await {
                ended?;
                done += 1;
                self.start(Kind::awake);
            }
        }
        let per_second = float(done) / begun.elapsed().as_secs_f64();
        self.rest().await?;
        Ok(per_second)
    }

    /// Starts so many workflows a second for this time, and says what became of those that ended.
    pub(super) async fn press(&mut self, per_second: f64, time: Duration) -> Outcome<Tally> {
        let mut tally = Tally::new()?;
        let begun = clock::now();
        loop {
            let passed = begun.elapsed();
            if passed >= time {
                return Ok(tally);
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count of workflows"
            )]
            let due = (per_second * passed.as_secs_f64()) as u64;
            while tally.asked < due {
                tally.asked += 1;
                self.start(Kind::of);
            }
            let tick = tokio::time::sleep(TICK);
            let mut tick = std::pin::pin!(tick.fuse());
            loop {
                futures::select_biased! {
                    () = tick => break,
                    ended = self.under_way.select_next_some() => tally.count(&ended?)?,
                }
            }
        }
    }

    /// Waits until nothing is under way any more.
    pub(super) async fn rest(&mut self) -> Outcome<Tally> {
        let mut tally = Tally::new()?;
        while let Some(ended) = self.under_way.next().await {
            tally.count(&ended?)?;
        }
        Ok(tally)
    }

    fn start(&mut self, kind: fn(u64) -> Kind) {
        let (engine, number) = (self.engine, self.started);
        self.started += 1;
        let run = run(engine, number, kind(number));
        self.under_way.push(run.boxed_local());
    }
}

/// A kind of workflow.
#[derive(Clone, Copy)]
enum Kind {
    FiveSteps,
    LocalActivities,
    Signal,
    Timer,
}

impl Kind {
    /// The kind of this one among others.
    fn of(number: u64) -> Self {
        match number % 8 {
            0 => Self::LocalActivities,
            1 => Self::Signal,
            2 => Self::Timer,
            _ => Self::FiveSteps,
        }
    }

    /// The same where none sleeps.
    fn awake(number: u64) -> Self {
        match Self::of(number) {
            Self::Timer => Self::FiveSteps,
            kind => kind,
        }
    }
}

async fn run(engine: &Engine, number: u64, kind: Kind) -> Outcome<Ended> {
    let workflow_id = format!("pressure-{number}");
    let execution = engine.execution(workflow_id.as_str());
    let begun = clock::now();
    // Each kind has a result of its own type.
    macro_rules! begin {
        ($workflow:ty, $input:expr) => {
            match engine
                .workflow::<$workflow>(workflow_id)
                .start($input)
                .await
            {
                Ok(started) => started,
                Err(error) => return refused(error),
            }
        };
    }
    match kind {
        Kind::FiveSteps => drop(begin!(Steps, 5).result().await?),
        Kind::LocalActivities => drop(begin!(OnTheSpot, 10).result().await?),
        Kind::Timer => {
            let due = clock::wall().after(SLEEP).as_nanos();
            begin!(Alarm, due).result().await?;
        }
        Kind::Signal => {
            let counter = begin!(Counter, 1);
            while let Err(error) = counter.add(1).await {
                match error {
                    SignalWorkflowError::Request(error) => wait_if_busy(error).await?,
                    error => return Err(error.into()),
                }
            }
            counter.result().await?;
        }
    }
    let took = matches!(kind, Kind::FiveSteps).then(|| begun.elapsed());
    while let Err(error) = execution.delete().await {
        match error {
            DeleteWorkflowError::Request(error) => wait_if_busy(error).await?,
            error => return Err(error.into()),
        }
    }
    Ok(Ended::Done(took))
}

/// An engine may be too busy for another workflow, and nothing else.
fn refused(error: StartWorkflowError) -> Outcome<Ended> {
    match error {
        StartWorkflowError::Request(RequestError::Busy { .. }) => Ok(Ended::Refused),
        error => Err(error.into()),
    }
}

/// Waits as long as a busy engine asks for.
async fn wait_if_busy(error: RequestError) -> Outcome {
    let RequestError::Busy { retry_after } = error else {
        return Err(error.into());
    };
    tokio::time::sleep(retry_after).await;
    Ok(())
}
