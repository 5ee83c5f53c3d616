//! `powercut`: opens many states of the disk that a power cut could have left.
//!
//! `cargo run --release -p sempre-tests --bin powercut -- --states 10000`

use std::{
    error::Error,
    path::PathBuf,
    process::ExitCode,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sempre_tests::powercut::{Campaign, Claim, Failure, Plan, check, record_all, work};

/// Bound: how long a store may take to open and to be read.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is recorded.
const PLANS: [Plan; 3] = [Plan::FirstStart, Plan::Steady, Plan::Reopened];

/// Opens states of the disk that a power cut could have left.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Option<Role>,
    /// How many states to try.
    #[arg(long, default_value_t = 1_000)]
    states: u64,
    /// The seed of the first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Where recordings are kept, and taken from if they are there; seeds mean the same states
    /// only with the same recordings.
    #[arg(long)]
    recordings: Option<PathBuf>,
    /// How many states to try at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

/// What this program does as a child of itself.
#[derive(Subcommand)]
enum Role {
    /// Works on a store, to be recorded.
    #[command(hide = true)]
    Work {
        plan: String,
        life: usize,
        folder: PathBuf,
    },
    /// Looks into a store.
    #[command(hide = true)]
    Check {
        folder: PathBuf,
        claims: Vec<String>,
        #[arg(long)]
        go_on: bool,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.command {
        Some(Role::Work { plan, life, folder }) => plan
            .parse()
            .and_then(|plan: Plan| work(plan, *life, folder)),
        Some(Role::Check {
            folder,
            claims,
            go_on,
        }) => check_in_time(folder.clone(), claims, *go_on),
        None => run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Checks a store on another thread, which may panic or hang.
fn check_in_time(folder: PathBuf, claims: &[String], goes_on: bool) -> Result<(), Box<dyn Error>> {
    let claims: Vec<Claim> = claims
        .iter()
        .map(|it| it.parse())
        .collect::<Result<_, _>>()?;
    let (sender, outcome) = mpsc::channel();
    thread::spawn(move || {
        let outcome = check(&folder, &claims, goes_on).map_err(|error| error.to_string());
        // Nobody waits any more if it took too long.
        let _ = sender.send(outcome);
    });
    match outcome.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(RecvTimeoutError::Timeout) => Err("it hangs".into()),
        Err(RecvTimeoutError::Disconnected) => Err("it panicked".into()),
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let folder = options.recordings.as_deref();
    let folder = folder.unwrap_or(temporary.path());
    let program = std::env::current_exe()?;
    let recordings = record_all(&program, folder, &PLANS)?;
    for recording in &recordings {
        say(&format!("{recording}"));
    }
    let bar = ProgressBar::with_draw_target(Some(options.states), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("cutting {wide_bar} {pos}/{len} {msg}")?;
    let bar = bar.with_style(style);
    let campaign = Campaign {
        program,
        recordings: &recordings,
        seeds: options.from..options.from + options.states,
        jobs: options.jobs,
    };
    let failures = campaign.run(&|failure: Option<&Failure>| {
        if let Some(failure) = failure {
            bar.suspend(|| say(&failure.to_string()));
        }
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    let (states, from) = (options.states, options.from);
    let to = from + states.saturating_sub(1);
    say(&format!(
        "states={states} seeds={from}..={to} failed={}",
        failures.len()
    ));
    if failures.is_empty() {
        return Ok(());
    }
    if options.recordings.is_none() {
        let kept = temporary.keep();
        say(&format!("recordings={}", kept.display()));
    }
    Err("a power cut loses or garbles something".into())
}

#[expect(clippy::print_stderr, reason = "this is what the program is for")]
fn say(what: &str) {
    eprintln!("{what}");
}
