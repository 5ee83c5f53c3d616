//! What it costs an engine to be watched: its throughput with a hundred live views open, and without.
//!
//! Workflows run step after step, as many as the machine takes, on a store on this machine's disk. Rounds
//! with and without readers take turns, so that what else the machine does falls on both.
//!
//! Run it on a machine that does nothing else:
//! `cargo run --release -p sempre-console --example watched -- [seconds a round] [rounds]`.

use std::{
    convert::Infallible,
    env,
    error::Error,
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures::future::join_all;
use sempre::{Engine, Workflow, WorkflowContext, activity, handlers};
use sempre_console::Console;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::{Instant, sleep},
};

/// Live views that are open at once.
const VIEWS: usize = 100;
/// Workflows that run at once, and steps of each.
const WORKFLOWS: usize = 64;
const STEPS: u64 = 200;
/// What readers look at: most at the same, as people do, and the others each at a run of their own.
const PAGES: [&str; 4] = ["", "runs", "queues", "failures"];

static DONE: AtomicU64 = AtomicU64::new(0);
static SENT: AtomicU64 = AtomicU64::new(0);

#[activity(start_to_close = "10s")]
async fn step(number: u64) -> Result<u64, Infallible> {
    DONE.fetch_add(1, Ordering::Relaxed);
    Ok(number)
}

/// Takes one step after the other.
#[derive(Workflow, Default)]
struct Steps;

#[handlers]
impl Steps {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: u64) -> u64 {
        let mut taken = 0;
        for number in 0..steps {
            taken += u64::from(ctx.activity(step, number).await.is_ok());
        }
        taken
    }
}

/// Starts workflows one after the other, for as long as it is not aborted.
fn work(engine: &Engine, lane: usize) -> JoinHandle<()> {
    let engine = engine.clone();
    tokio::spawn(async move {
        for number in 0_u64.. {
            let steps = engine.workflow::<Steps>(format!("steps-{lane}-{number}"));
            let Ok(steps) = steps.start(STEPS).await else {
                break;
            };
            if steps.result().await.is_err() {
                break;
            }
        }
    })
}

/// Looks at a live view, for as long as it is not aborted.
async fn watch(console: SocketAddr, page: String) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut stream = TcpStream::connect(console).await?;
    let mark = if page.contains('?') { '&' } else { '?' };
    let request = format!("GET /{page}{mark}live=1 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        SENT.fetch_add(read.try_into()?, Ordering::Relaxed);
    }
}

fn readers(console: SocketAddr) -> Vec<JoinHandle<Result<(), Box<dyn Error + Send + Sync>>>> {
    let pages = (0..VIEWS).map(|reader| match PAGES.get(reader % 8) {
        Some(page) => (*page).to_owned(),
        None => format!("run?id=steps-{}-0", reader % WORKFLOWS),
    });
    pages
        .map(|page| tokio::spawn(watch(console, page)))
        .collect()
}

/// Steps a second, over a round.
async fn round(length: Duration) -> f64 {
    let (begun, before) = (Instant::now(), DONE.load(Ordering::Relaxed));
    sleep(length).await;
    let steps = DONE.load(Ordering::Relaxed) - before;
    #[expect(clippy::cast_precision_loss, reason = "it is told to three digits")]
    let steps = steps as f64;
    steps / begun.elapsed().as_secs_f64()
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "it tells what it has measured")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1).map(|it| it.parse::<u64>());
    let length = Duration::from_secs(arguments.next().transpose()?.unwrap_or(10));
    let rounds = arguments.next().transpose()?.unwrap_or(5);

    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("watched.sempre"));
    let engine = engine.workflow::<Steps>().activities(step).start().await?;
    let server = Console::new(&engine).serve("127.0.0.1:0")?;
    let workers: Vec<_> = (0..WORKFLOWS).map(|lane| work(&engine, lane)).collect();
    // What is warm after a round stays so.
    round(length).await;

    let (mut alone, mut watched) = (Vec::new(), Vec::new());
    for number in 1..=rounds {
        alone.push(round(length).await);
        let readers = readers(server.address());
        watched.push(round(length).await);
        let lost = readers.iter().filter(|reader| reader.is_finished()).count();
        if lost > 0 {
            return Err(format!("{lost} of {VIEWS} live views have ended early").into());
        }
        for reader in &readers {
            reader.abort();
        }
        join_all(readers).await;
        let pair = [&alone, &watched].map(|rates| rates.last().copied().unwrap_or_default());
        println!(
            "round {number}: {:.0} steps a second alone, {:.0} watched",
            pair[0], pair[1]
        );
    }
    let (alone, watched) = (median(&mut alone), median(&mut watched));
    let sent = SENT.load(Ordering::Relaxed) / 1024;
    println!(
        "median: {alone:.0} alone, {watched:.0} with {VIEWS} live views, which were sent {sent} KiB: {:+.1} %",
        (watched / alone - 1.0) * 100.0
    );
    for worker in &workers {
        worker.abort();
    }
    server.stop().await;
    engine.shutdown().await;
    Ok(())
}
