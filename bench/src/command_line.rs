//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum, builder::PossibleValue};
use sempre::Durability;

use crate::{child::Job, scenario::Scenario};

/// Measures what durable steps cost, beside what the disk alone costs in the same run.
///
/// Each measurement is taken in a process of its own, in a new store. Without a scenario the
/// scenarios are listed.
#[derive(Clone, PartialEq, Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub struct Options {
    /// What to measure
    #[arg(value_name = "SCENARIO", hide_possible_values = true)]
    pub scenarios: Vec<Choice>,

    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,

    /// Draws an SVG for each scenario into this folder
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,

    /// Measures everything this often, and reports medians
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,

    /// Sizes to measure instead of the usual ones; what a size counts depends on the scenario
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = size)]
    pub size: Vec<u64>,

    /// Measures the large sizes as well, which takes long
    #[arg(long, conflicts_with = "size")]
    pub full: bool,

    /// In which durability modes Sempre is measured
    #[arg(long, value_enum, default_value_t = Modes::Both)]
    pub durability: Modes,

    /// Where stores are made, and the disk is measured; by default where temporary files lie
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,

    /// What this process is to measure for another one
    #[arg(long, hide = true, value_parser = Job::parse)]
    pub measure: Option<Job>,
}

impl Options {
    /// The scenarios that are asked for, each once, in the order of the list.
    pub(crate) fn chosen(&self) -> Vec<Scenario> {
        let all = self.scenarios.contains(&Choice::All);
        let asked = |scenario: &Scenario| self.scenarios.contains(&Choice::One(*scenario));
        let scenarios = Scenario::ALL.into_iter();
        scenarios
            .filter(|scenario| all || asked(scenario))
            .collect()
    }

    /// The sizes at which a scenario is measured.
    pub(crate) fn sizes(&self, scenario: Scenario) -> Vec<u64> {
        let plan = scenario.plan();
        if !self.size.is_empty() {
            return self.size.clone();
        }
        let large = if self.full { plan.large } else { &[] };
        let mut sizes = [plan.usual, large].concat();
        sizes.sort_unstable();
        sizes
    }
}

/// One scenario or all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Every scenario.
    All,
    /// This one.
    One(Scenario),
}

impl Choice {
    const EACH: [Self; Scenario::ALL.len() + 1] = {
        let mut each = [Self::All; Scenario::ALL.len() + 1];
        let mut at = 0;
        while at < Scenario::ALL.len() {
            #[expect(clippy::indexing_slicing, reason = "one is one longer than the other")]
            {
                each[at + 1] = Self::One(Scenario::ALL[at]);
            }
            at += 1;
        }
        each
    };
}

impl ValueEnum for Choice {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::EACH
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::All => PossibleValue::new("all"),
            Self::One(scenario) => PossibleValue::new(scenario.plan().name),
        })
    }
}

/// The form of the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Output {
    /// Tables, as soon as there is one.
    Text,
    /// One document at the end.
    Json,
}

/// Durability modes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Modes {
    /// Synced before each acknowledgement.
    Fsync,
    /// Written within half a second.
    Deferred,
    /// One after the other.
    Both,
}

impl Modes {
    /// The modes.
    pub fn modes(self) -> &'static [Durability] {
        match self {
            Self::Fsync => &[Durability::Fsync],
            Self::Deferred => &[Durability::Deferred],
            Self::Both => &[Durability::Fsync, Durability::Deferred],
        }
    }
}

/// A size as people write it: `10000`, `10_000` or `10k`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let (digits, factor) = match digits.strip_suffix(['k', 'K']) {
        Some(thousands) => (thousands.to_owned(), 1_000),
        None => match digits.strip_suffix(['m', 'M']) {
            Some(millions) => (millions.to_owned(), 1_000_000),
            None => (digits, 1),
        },
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "write a number such as 10000, 10_000 or 10k".to_owned())?;
    match number.checked_mul(factor) {
        Some(0) => Err("at least 1".into()),
        Some(size) => Ok(size),
        None => Err("too large".into()),
    }
}
