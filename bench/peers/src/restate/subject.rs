//! Restate as a subject: one of its two kinds of step.

use std::{net::Ipv4Addr, path::PathBuf, sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, future::pending, stream};
use restate_sdk::prelude::{Endpoint, HttpServer};
use sempre_bench::{
    Outcome,
    child::Job,
    measurement::Measurement,
    scenario::{BURST, SPREAD, SPREAD_OVER, STEPS, Scenario, figures},
    subject::Subject,
};
use tokio::net::TcpListener;

use crate::{
    arrivals::{Arrivals, nanos_now},
    restate::{
        server::Server,
        service::{Activity, Bench},
    },
};

/// Bound: requests of the client that are under way at the same time, each on a connection of its
/// own. Restate is fastest so; fewer of them, or one connection with HTTP/2, cost it up to half.
const AT_ONCE: usize = 1_000;
/// The time in which timers are started before the first of them fires.
const AHEAD: Duration = Duration::from_secs(10);

/// How a step is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// `ctx.run`: in the process of the handler.
    Run,
    /// A call of another service, through the server.
    Call,
}

/// Restate, doing its steps in one way.
#[derive(Debug)]
pub(crate) struct Restate {
    program: PathBuf,
    step: Step,
}

impl Restate {
    pub(crate) fn new(program: PathBuf, step: Step) -> Self {
        Self { program, step }
    }
}

impl Subject for Restate {
    fn system(&self) -> &'static str {
        match self.step {
            Step::Run => "restate run",
            Step::Call => "restate call",
        }
    }

    fn durability(&self) -> &'static str {
        "fsync"
    }

    fn covers(&self, scenario: Scenario) -> bool {
        match scenario {
            Scenario::Step | Scenario::Throughput | Scenario::Timers => true,
            // Its `ctx.run` is to be awaited before anything else is asked for.
            Scenario::FanOut => self.step == Step::Call,
            Scenario::Local => self.step == Step::Run,
            _ => false,
        }
    }

    fn measure(&self, job: &Job) -> Outcome<Measurement> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let measured = runtime.block_on(self.measure_with_server(job));
        // The service would serve for ever.
        runtime.shutdown_background();
        measured
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "restate: a server of its own in its default configuration, reached over HTTP, which \
             shares the cores with its service and its client; it gives in return several \
             processes, several languages and a failure domain of its own"
                .into(),
            "restate run: `ctx.run`, which stays in the handler's process as a local activity \
             would; restate call: a call of another service, which is dispatched as an activity is"
                .into(),
        ]
    }
}

impl Restate {
    async fn measure_with_server(&self, job: &Job) -> Outcome<Measurement> {
        let seen = Arc::new(Arrivals::new());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let endpoint = Endpoint::builder()
            .bind(Bench::new(Arc::clone(&seen)))
            .bind(Activity::new(Arc::clone(&seen)))
            .build();
        let serving = HttpServer::new(endpoint).serve_with_cancel(listener, pending::<()>());
        let serving = tokio::spawn(serving);
        job.note("the server starts");
        let server = Server::start(&self.program, &job.folder).await?;
        server.register(address).await?;
        let peer = Peer {
            server,
            seen,
            step: self.step,
        };
        let measured = peer.measure(job).await;
        serving.abort();
        measured
    }
}

/// A server, its service, and what that saw.
struct Peer {
    server: Server,
    seen: Arc<Arrivals>,
    step: Step,
}

impl Peer {
    async fn measure(&self, job: &Job) -> Outcome<Measurement> {
        // Every partition of the server is woken before anything is timed.
        let steps = self.handler("run_steps", "call_steps");
        self.call_all(steps, (0..200).map(|_| 2)).await?;
        self.seen.forget();
        match job.scenario {
            Scenario::Step => self.steps(steps, job.size).await,
            Scenario::Throughput => self.throughput(steps, job.size).await,
            Scenario::FanOut => self.fan_out(job.size).await,
            Scenario::Local => self.local(steps, job.size).await,
            Scenario::Timers => self.timers(job).await,
            other => Err(format!("restate does not do {other:?}").into()),
        }
    }

    fn handler(&self, run: &'static str, call: &'static str) -> &'static str {
        match self.step {
            Step::Run => run,
            Step::Call => call,
        }
    }

    async fn steps(&self, handler: &str, steps: u64) -> Outcome<Measurement> {
        let begun = sempre_bench::now();
        self.server.call(handler, steps).await?;
        let took = begun.elapsed();
        let gaps = self.seen.take_gaps();
        Ok(figures::step(gaps.clone(), &gaps, steps, took))
    }

    async fn local(&self, handler: &str, steps: u64) -> Outcome<Measurement> {
        let begun = sempre_bench::now();
        self.server.call(handler, steps).await?;
        Ok(figures::local(steps, begun.elapsed()))
    }

    async fn throughput(&self, handler: &str, workflows: u64) -> Outcome<Measurement> {
        let begun = sempre_bench::now();
        let steps = u64::from(STEPS);
        self.call_all(handler, (0..workflows).map(|_| steps))
            .await?;
        Ok(figures::throughput(workflows, STEPS, begun.elapsed()))
    }

    async fn fan_out(&self, width: u64) -> Outcome<Measurement> {
        let begun = sempre_bench::now();
        self.server.call("call_fan_out", width).await?;
        Ok(figures::fan_out(width, begun.elapsed()))
    }

    async fn timers(&self, job: &Job) -> Outcome<Measurement> {
        let alarm = self.handler("run_alarm", "call_alarm");
        job.note("sleeping workflows start");
        let far = nanos_now() + 86_400_000_000_000;
        self.send_all(alarm, (0..job.size).map(|_| far)).await?;
        job.note("timers fire one after the other");
        let (first, gap) = (soon(), SPREAD_OVER / SPREAD);
        let due = (0..SPREAD).map(|number| first + nanos(gap * number));
        self.send_all(alarm, due).await?;
        self.seen.wait(SPREAD).await?;
        let spread = self.seen.take_late();
        job.note("timers fire at one moment");
        let moment = soon();
        self.send_all(alarm, (0..BURST).map(|_| moment)).await?;
        self.seen.wait(BURST).await?;
        Ok(figures::timers(spread, self.seen.take_late()))
    }

    async fn call_all(&self, handler: &str, inputs: impl Iterator<Item = u64>) -> Outcome {
        let calls = inputs.map(|input| self.server.call(handler, input));
        stream::iter(calls)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn send_all(&self, handler: &str, inputs: impl Iterator<Item = u64>) -> Outcome {
        let sends = inputs.map(|input| self.server.send(handler, input));
        stream::iter(sends)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}

fn soon() -> u64 {
    nanos_now() + nanos(AHEAD)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
