//! What can be said to a replaying program.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Parser, ValueEnum};
use sempre::testing::replay::Comparison;

/// Replays recorded histories with the workflows of this program, and fails if they do not fit.
///
/// Ends with 0 if the workflows fit every history, with 1 if they do not or a type is not registered,
/// and with 2 if files could not be read or nothing was replayed.
#[derive(Clone, PartialEq, Debug, Parser)]
pub(super) struct Arguments {
    /// Folders of histories (*.json, *.pb, *.binpb), history files, or stores.
    pub(super) paths: Vec<PathBuf>,
    /// How many histories are replayed at once; as many as there are processors without it.
    #[arg(short, long)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// What of an answer has to be as recorded; the program decides without it, which by itself asks for
    /// values of files and for kinds of stores.
    #[arg(long)]
    pub(super) compare: Option<Compare>,
    /// How many open runs of a store are replayed of each version of each workflow; all without it.
    #[arg(long)]
    pub(super) sample: Option<NonZeroUsize>,
    /// How the report is written.
    #[arg(long, default_value = "text")]
    pub(super) output: Output,
    /// Shows no progress, and of the report only what is wrong and the counts.
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What of an answer has to be as recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Compare {
    /// Everything, with inputs, durations and results.
    Values,
    /// What decides whether an open run can go on: kinds, order, ids and types of commands.
    Kinds,
}

impl From<Compare> for Comparison {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::Values => Self::Values,
            Compare::Kinds => Self::Kinds,
        }
    }
}
