//! What can be said on the command line about bulk jobs.

#![expect(
    clippy::doc_markdown,
    reason = "most of it is printed as it stands, where marks would be seen"
)]

use clap::{Args, Subcommand, ValueEnum, value_parser};

use crate::arguments::{Excluded, Point};

/// What can be done with bulk jobs.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum BatchCommand {
    /// Shows which runs a filter matches and, with --yes, starts a job that acts on all of them.
    Start(Box<StartBatch>),
    /// Lists bulk jobs, newest first.
    List {
        /// Continues after this token, which the page before has printed.
        #[arg(long, value_name = "TOKEN")]
        page: Option<String>,
    },
    /// Shows a bulk job: what it does, how far it has got, which runs have refused.
    Show {
        /// The job id.
        #[arg(value_name = "JOB_ID")]
        id: String,
        /// Shows the progress until the job has ended; exits with 6 if it has not completed.
        #[arg(long)]
        follow: bool,
        /// Lists what came of each run instead, a hundred to a page, from this page on; the first is 0.
        #[arg(long, value_name = "PAGE", num_args = 0..=1, default_missing_value = "0", conflicts_with = "follow")]
        results: Option<u64>,
    },
    /// Pauses a bulk job until it is resumed.
    Pause {
        /// The job id.
        #[arg(value_name = "JOB_ID")]
        id: String,
        /// Why, for people.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Lets a paused bulk job go on.
    Resume {
        /// The job id.
        #[arg(value_name = "JOB_ID")]
        id: String,
    },
    /// Ends a bulk job; what it has done stays done.
    Cancel {
        /// The job id.
        #[arg(value_name = "JOB_ID")]
        id: String,
        /// Why, for people.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Deletes what is kept of a bulk job that has ended; its runs stay as they are.
    Delete {
        /// The job id.
        #[arg(value_name = "JOB_ID")]
        id: String,
    },
}

/// What a bulk job is to do, and to which runs.
#[derive(Clone, Debug, Args)]
pub struct StartBatch {
    /// What to do to each run.
    #[arg(value_enum)]
    pub operation: Operation,
    /// Which runs, such as "WorkflowType = 'Order' AND ExecutionStatus = 'Running'".
    #[arg(required_unless_present = "all")]
    pub filter: Option<String>,
    /// Acts on all runs, where no filter is given.
    #[arg(long, conflicts_with = "filter")]
    pub all: bool,
    /// Starts the job. Without it, nothing is done.
    #[arg(long)]
    pub yes: bool,
    /// Shows the progress until the job has ended; exits with 6 if it has not completed.
    #[arg(long, requires = "yes")]
    pub follow: bool,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
    /// The largest number of runs to act on in a second. Default: 100.
    #[arg(long, value_parser = value_parser!(u32).range(1..=10_000))]
    pub rate: Option<u32>,
    /// The job id: a job that is started twice under one id is one job. Default: a new one.
    #[arg(long, value_name = "JOB_ID")]
    pub id: Option<String>,
    /// The name of the signal.
    #[arg(long, required_if_eq("operation", "signal"))]
    pub name: Option<String>,
    /// The input of the signal as JSON, @FILE to read it from a file, or - to read it from standard input.
    #[arg(long, short, value_name = "JSON")]
    pub input: Option<String>,
    /// To where runs are reset.
    #[command(flatten)]
    pub reset: ResetEach,
}

/// To where each run is reset, where that is the operation.
#[derive(Clone, Debug, Args)]
pub struct ResetEach {
    /// The kind of point to reset to. Default: last-task.
    #[arg(long, value_enum)]
    pub to: Option<Point>,
    /// The activity's id, the time or the build id, where --to asks for one.
    #[arg(long)]
    pub point: Option<String>,
    /// What is left out.
    #[command(flatten)]
    pub excluded: Excluded,
}

/// What a bulk job does to each of its runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[non_exhaustive]
pub enum Operation {
    /// Sends a signal.
    Signal,
    /// Requests the cancellation.
    Cancel,
    /// Ends the run at once.
    Terminate,
    /// Pauses the run.
    Pause,
    /// Lets the run go on.
    Unpause,
    /// Retries now what is backing off.
    Retry,
    /// Resets the run to an earlier point.
    Reset,
    /// Deletes the run, and terminates it first if it is open.
    Delete,
}
