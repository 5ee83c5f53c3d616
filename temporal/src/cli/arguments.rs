//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use sempre::model::RunId;
use uuid::Uuid;

/// Looks at histories in a store at rest, and exchanges them with Temporal.
#[derive(Clone, PartialEq, Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Clone, PartialEq, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Prints a history as a timeline, or the open runs of a store.
    Show {
        /// The folder of a store, or a history file.
        source: PathBuf,
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// Prints Temporal's JSON instead.
        #[arg(long)]
        json: bool,
    },
    /// Writes a history as Temporal's JSON.
    Export {
        /// The folder of a store.
        store: PathBuf,
        /// Which run.
        #[command(flatten)]
        which: Which,
        /// The file to write; standard output without it.
        #[arg(short = 'o', long = "output")]
        file: Option<PathBuf>,
    },
    /// Checks history files, and reports each.
    Import {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Which run of a store is meant.
#[derive(Clone, PartialEq, Eq, Debug, Default, Args)]
pub struct Which {
    /// The workflow id; its latest run is meant unless a run is given.
    pub workflow_id: Option<String>,
    /// The run id.
    #[arg(long = "run", value_parser = run_id)]
    pub run_id: Option<RunId>,
}

fn run_id(text: &str) -> Result<RunId, uuid::Error> {
    Uuid::parse_str(text).map(RunId::from)
}
