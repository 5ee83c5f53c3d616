//! `campaign`: kills a process that does everything, gives it broken disks, and holds it to its word.
//!
//! `cargo run --release -p sempre-tests --bin campaign -- --kills 1000 --fault enospc`

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sempre_tests::{
    campaign::{Failure, Fault, Mutant, Series, child},
    powercut::require_strace,
};

/// Bound: rounds in which a deliberate fault has to be noticed.
const ROUNDS_MAX: u64 = 50;

/// Kills a process that does everything, gives it broken disks, and holds it to its word.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Option<Role>,
    /// How many lives are cut short.
    #[arg(long, default_value_t = 200)]
    kills: u64,
    /// The seed of the first round, each of which has twenty of them and a store of its own.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// What the disk answers in some of the lives.
    #[arg(long, value_enum, default_value_t = Fault::None)]
    fault: Fault,
    /// How many rounds at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Where stores are made, on the disk that is to be tried; those of rounds that fail are kept.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Shows for each deliberate fault in which round it is noticed, and by what.
    #[arg(long)]
    mutants: bool,
}

/// What this program does as a child of itself.
#[derive(Subcommand)]
enum Role {
    /// Lives on a store, to be killed.
    #[command(hide = true)]
    Live {
        folder: PathBuf,
        #[arg(long)]
        tolerant: bool,
        #[arg(long)]
        expires: bool,
        #[arg(long)]
        mutant: Option<Mutant>,
    },
    /// Compacts a store, to be killed.
    #[command(hide = true)]
    Compact { folder: PathBuf },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match options.command {
        Some(Role::Live {
            folder,
            tolerant,
            expires,
            mutant,
        }) => {
            let manners = child::Manners {
                is_tolerant: tolerant,
                expires,
                mutant,
            };
            actix::System::new().block_on(child::live(folder, manners))
        }
        Some(Role::Compact { folder }) => child::compact(folder),
        None if options.mutants => try_mutants(&options),
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

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    require_strace()?;
    let temporary = tempfile::tempdir()?;
    let folder = options.folder.as_deref();
    let folder = folder.unwrap_or(temporary.path());
    let bar = ProgressBar::with_draw_target(Some(options.kills), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("killing {wide_bar} {pos}/{len} {msg}")?;
    let bar = bar.with_style(style);
    let series = Series {
        program: std::env::current_exe()?,
        kills: options.kills,
        from: options.from,
        fault: options.fault,
        mutant: None,
        jobs: options.jobs,
        folder: folder.to_owned(),
    };
    let (tally, failures) = series.run(&|kills, failure: Option<&Failure>| {
        if let Some(failure) = failure {
            bar.suspend(|| say(&failure.to_string()));
        }
        bar.inc(kills);
    })?;
    bar.finish_and_clear();
    let (from, fault) = (options.from, options.fault);
    say(&format!(
        "fault={fault} from={from} {tally} failed={}",
        failures.len()
    ));
    if failures.is_empty() {
        return Ok(());
    }
    if options.folder.is_none() {
        say(&format!("folder={}", temporary.keep().display()));
    }
    Err("something that was promised does not hold".into())
}

fn try_mutants(options: &Options) -> Result<(), Box<dyn Error>> {
    require_strace()?;
    let mut all_noticed = true;
    for mutant in Mutant::ALL {
        let folder = tempfile::tempdir()?;
        let series = Series {
            program: std::env::current_exe()?,
            kills: 0,
            from: options.from,
            fault: mutant.fault(),
            mutant: Some(mutant),
            jobs: 1,
            folder: folder.path().to_owned(),
        };
        let failure = series.first_failure(ROUNDS_MAX)?;
        let noticed = failure.as_ref().map(|it| (it.seed, &it.what));
        match noticed {
            Some((seed, what)) => say(&format!("{mutant}: round {seed}: {what:.200}")),
            None => say(&format!("{mutant}: not noticed in {ROUNDS_MAX} rounds")),
        }
        all_noticed &= failure.is_some();
    }
    if all_noticed {
        return Ok(());
    }
    Err("a deliberate fault is not noticed".into())
}

#[expect(clippy::print_stderr, reason = "this is what the program is for")]
fn say(what: &str) {
    eprintln!("{what}");
}
