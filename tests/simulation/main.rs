//! `simulate`: goes through many simulated worlds.
//!
//! `cargo run --release -p sempre-tests --bin simulate -- --seeds 20000`

use std::{process::ExitCode, time::Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sempre_tests::simulation::{Campaign, Failure, Mutant, first_breach, tell_story};

/// Goes through many simulated worlds.
#[derive(Parser)]
struct Options {
    /// How many worlds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The seed of the first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Says which seed notices each deliberate fault.
    #[arg(long)]
    mutants: bool,
    /// Stops at the first seed that breaks a promise and says which, in one line.
    #[arg(long)]
    first: bool,
    /// Tells the whole story of the first seed, and makes nothing smaller.
    #[arg(long)]
    story: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let has_passed = if options.mutants {
        try_mutants(&options)
    } else if options.first {
        find_first(&options)
    } else if options.story {
        let breach = tell_story(options.from, say);
        say(breach.as_deref().unwrap_or("all promises hold"));
        breach.is_none()
    } else {
        run(&options)
    };
    if has_passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is what is asked"
)]
fn run(options: &Options) -> bool {
    let bar = ProgressBar::with_draw_target(Some(options.seeds), ProgressDrawTarget::stderr());
    let template = "simulating {wide_bar} {pos}/{len} {per_sec}";
    let style = ProgressStyle::with_template(template);
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let campaign = Campaign {
        seeds: options.from..options.from + options.seeds,
        jobs: options.jobs,
        mutant: None,
    };
    let began = Instant::now();
    let failures = campaign.run(&|failure: Option<&Failure>| {
        if let Some(failure) = failure {
            bar.suspend(|| say(&failure.to_string()));
        }
        bar.inc(1);
    });
    bar.finish_and_clear();
    let (seeds, from) = (options.seeds, options.from);
    let to = from + seeds.saturating_sub(1);
    say(&format!(
        "worlds={seeds} seeds={from}..={to} failed={} took={:.1?}",
        failures.len(),
        began.elapsed()
    ));
    failures.is_empty()
}

fn find_first(options: &Options) -> bool {
    let seeds = options.from..options.from + options.seeds;
    let breach = first_breach(seeds, None);
    if let Some((seed, invariant)) = &breach {
        say(&format!("seed {seed}: {invariant}"));
    }
    breach.is_none()
}

fn try_mutants(options: &Options) -> bool {
    let mut all_noticed = true;
    for mutant in Mutant::ALL {
        let seeds = options.from..options.from + options.seeds;
        if let Some((seed, invariant)) = first_breach(seeds, Some(mutant)) {
            say(&format!("{mutant}: seed {seed}: {invariant}"));
        } else {
            all_noticed = false;
            say(&format!("{mutant}: not noticed"));
        }
    }
    all_noticed
}

#[expect(clippy::print_stderr, reason = "this is what the program is for")]
fn say(what: &str) {
    eprintln!("{what}");
}
