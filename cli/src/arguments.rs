//! What can be said on the command line.

#![expect(
    clippy::doc_markdown,
    reason = "most of it is printed as it stands, where marks would be seen"
)]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Looks at workflows, acts on them, and reads stores at rest.
///
/// An engine is reached through its console: give the address with --url, or once and for all in the
/// environment variable SEMPRE_URL. A store that no engine runs on is read with --store.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "sempre",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done, 1 refused, 2 wrong usage, 3 not found, 4 not available, 5 outcome unknown, 6 failed."
)]
pub struct Arguments {
    /// Where the engine or the store is, and how to print.
    #[command(flatten)]
    pub place: Place,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where the engine or the store is, and how to print.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The address of a console.
    #[arg(
        help = "The address of a console, such as http://127.0.0.1:8088/",
        long,
        global = true,
        env = "SEMPRE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub url: Option<String>,
    /// The name and the password for a console that asks for them, as NAME:PASSWORD.
    #[arg(
        long,
        global = true,
        env = "SEMPRE_USER",
        hide_env_values = true,
        value_name = "NAME:PASSWORD"
    )]
    pub user: Option<String>,
    /// A header to send along, such as "authorization: Bearer …". May be given several times.
    #[arg(long = "header", global = true, value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// The folder of a store that no engine runs on, instead of a console.
    #[arg(long, global = true, value_name = "PATH")]
    pub store: Option<PathBuf>,
    /// How to print: text for people, json for programs.
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Output {
    /// Tables for people.
    Text,
    /// What the console's API says, as JSON.
    Json,
}

/// What can be done.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Lists runs, the latest first. Also of a store.
    List(List),
    /// Counts runs. Also of a store.
    Count(Count),
    /// Shows a run and its history. Also of a store.
    Show(Show),
    /// Says what a run waits for and what is wrong with it, or what needs attention.
    Why(Why),
    /// Starts a workflow.
    Start(Start),
    /// Sends a signal to a run.
    Signal(Message),
    /// Asks a run a question, and prints the answer.
    Query(Message),
    /// Has a run carry out an update, and prints the answer.
    Update(Message),
    /// Asks a run to stop; its code decides how.
    Cancel(Stop),
    /// Ends a run at once, without running its code.
    Terminate(Stop),
    /// Goes on from an earlier point of a run's history, in a new run.
    Reset(Reset),
    /// Ends the backoff of a run's activities and of its workflow task.
    Retry(Retry),
    /// Releases a run from quarantine.
    Resume(Which),
    /// Deletes a run that has closed, with its history.
    Delete(Which),
    /// Looks at schedules and acts on them.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Says which patches runs have taken, and how many open runs may need the old way.
    Patches,
    /// Says which code is registered.
    Types,
    /// Says how the engine stands; ends with 4 if it does not work.
    Health,
    /// Says what was done in the console, and by whom.
    Audit,
    /// Writes histories as Temporal's JSON. Also of a store.
    Export(Export),
    /// Checks files of histories, as JSON or protobuf.
    Import(Import),
    /// Looks after a store that no engine runs on.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Writes a script that completes commands in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Which runs to list.
#[derive(Clone, Debug, Args)]
pub struct List {
    /// Which runs, such as "WorkflowType = 'Order' AND ExecutionStatus = 'Running'". All without it.
    #[arg(default_value = "", hide_default_value = true)]
    pub filter: String,
    /// How many runs to list at most.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// The page after this token, which the page before it has given.
    #[arg(long, value_name = "TOKEN")]
    pub page: Option<String>,
}

/// Which runs to count.
#[derive(Clone, Debug, Args)]
pub struct Count {
    /// Which runs; with "GROUP BY ExecutionStatus" at the end, by their status. All without it.
    #[arg(default_value = "", hide_default_value = true)]
    pub filter: String,
}

/// Which run is meant.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// The workflow id.
    #[arg(value_name = "WORKFLOW_ID")]
    pub id: String,
    /// The run id; the latest run without it.
    #[arg(long, value_name = "RUN_ID")]
    pub run: Option<String>,
}

/// What to show of a run.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// The workflow id.
    #[arg(value_name = "WORKFLOW_ID", required_unless_present = "file")]
    pub id: Option<String>,
    /// The run id; the latest run without it.
    #[arg(long, value_name = "RUN_ID", requires = "id")]
    pub run: Option<String>,
    /// A file of histories, as JSON or protobuf, instead of a run of an engine or a store.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "follow"])]
    pub file: Option<PathBuf>,
    /// In which form.
    #[command(flatten)]
    pub form: Form,
    /// Prints events as they happen, until the run has closed.
    #[arg(long, conflicts_with_all = ["compact", "timeline"])]
    pub follow: bool,
    /// Shows inputs, results and details, too.
    #[arg(long)]
    pub payloads: bool,
}

/// In which form a history is shown.
#[derive(Clone, Copy, Debug, Default, Args)]
#[group(multiple = false)]
pub struct Form {
    /// The history alone, with a row for each activity, timer, child and message.
    #[arg(long)]
    pub compact: bool,
    /// The history as bars over time.
    #[arg(long)]
    pub timeline: bool,
    /// Every event of the history.
    #[arg(long)]
    pub events: bool,
}

/// Of which run the reason is asked for.
#[derive(Clone, Debug, Args)]
pub struct Why {
    /// The workflow id; without it, all that needs attention.
    #[arg(value_name = "WORKFLOW_ID")]
    pub id: Option<String>,
    /// The run id; the latest run without it.
    #[arg(long, value_name = "RUN_ID", requires = "id")]
    pub run: Option<String>,
}

/// What to start.
#[derive(Clone, Debug, Args)]
pub struct Start {
    /// The type of the workflow.
    #[arg(value_name = "TYPE")]
    pub workflow_type: String,
    /// The workflow id.
    #[arg(value_name = "WORKFLOW_ID")]
    pub id: String,
    /// What goes in.
    #[command(flatten)]
    pub input: Input,
    /// The task queue; the default one without it.
    #[arg(long, value_name = "NAME")]
    pub task_queue: Option<String>,
}

/// What goes into a start or a message.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// The input as JSON, @FILE for what a file holds, or - for what comes in. None without it.
    #[arg(long, short, value_name = "JSON")]
    pub input: Option<String>,
    /// Under this id the request takes effect once, however often it is repeated.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
}

/// A message to a run.
#[derive(Clone, Debug, Args)]
pub struct Message {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// The name of the signal, the query or the update.
    pub name: String,
    /// What goes in.
    #[command(flatten)]
    pub input: Input,
}

/// A run that is to end.
#[derive(Clone, Debug, Args)]
pub struct Stop {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
}

/// To where a run is reset.
#[derive(Clone, Debug, Args)]
pub struct Reset {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// The kind of point to go back to.
    #[arg(long, value_enum, default_value_t = Point::LastTask)]
    pub to: Point,
    /// The event's number, the activity's id, the time or the build id, where --to asks for one.
    #[arg(long)]
    pub point: Option<String>,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
    /// Leaves out signals that came after the point.
    #[arg(long)]
    pub exclude_signals: bool,
    /// Leaves out updates that were accepted after the point.
    #[arg(long)]
    pub exclude_updates: bool,
}

/// A kind of point to which a run is reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[non_exhaustive]
pub enum Point {
    /// The last workflow task that was completed.
    LastTask,
    /// The first workflow task: only how the run was started is kept.
    FirstTask,
    /// The workflow task that has asked for the activity that was the last to fail for good.
    LastFailedActivity,
    /// The workflow task that ends with the event of --point.
    Event,
    /// The workflow task that has asked for the activity of --point.
    Activity,
    /// The first workflow task that was completed at the time of --point or later.
    Time,
    /// The first workflow task that the build of --point has completed.
    Build,
}

/// What is to be retried.
#[derive(Clone, Debug, Args)]
pub struct Retry {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// The id of an activity; all of them and the workflow task without it.
    #[arg(long, value_name = "ACTIVITY_ID")]
    pub activity: Option<String>,
}

/// What can be done with schedules.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum ScheduleCommand {
    /// Lists schedules, the one that began last first.
    List {
        /// The page after this token, which the page before it has given.
        #[arg(long, value_name = "TOKEN")]
        page: Option<String>,
    },
    /// Shows a schedule: when it acts, what it has done, what it does next.
    Describe {
        /// The schedule id.
        id: String,
    },
    /// Pauses a schedule: the times that pass meanwhile are skipped.
    Pause {
        /// The schedule id.
        id: String,
        /// Why, for people.
        #[arg(long)]
        note: Option<String>,
    },
    /// Lets a schedule act again from now on.
    Unpause {
        /// The schedule id.
        id: String,
        /// Why, for people.
        #[arg(long)]
        note: Option<String>,
    },
    /// Has a schedule act now, even if it is paused.
    Trigger {
        /// The schedule id.
        id: String,
        /// What to do if an earlier action still runs; what the schedule says without it.
        #[arg(long, value_enum)]
        overlap: Option<Overlap>,
    },
    /// Has a schedule carry out now what lies between two times.
    Backfill {
        /// The schedule id.
        id: String,
        /// The earlier time in UTC, such as 2026-11-29T03:00:00Z.
        #[arg(long)]
        from: String,
        /// The later time in UTC.
        #[arg(long)]
        until: String,
        /// What to do if an earlier action still runs; what the schedule says without it.
        #[arg(long, value_enum)]
        overlap: Option<Overlap>,
    },
    /// Deletes a schedule; runs that it has started go on.
    Delete {
        /// The schedule id.
        id: String,
    },
}

/// What to do if an earlier action of a schedule still runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[non_exhaustive]
pub enum Overlap {
    /// Leave the action out.
    Skip,
    /// Have one action wait.
    BufferOne,
    /// Have all actions wait.
    BufferAll,
    /// Cancel the earlier one.
    CancelOther,
    /// Terminate the earlier one.
    TerminateOther,
    /// Start it beside the earlier one.
    AllowAll,
}

/// Which histories to write, and where to.
#[derive(Clone, Debug, Args)]
pub struct Export {
    /// The workflow id.
    #[arg(
        value_name = "WORKFLOW_ID",
        required_unless_present = "filter",
        conflicts_with = "filter"
    )]
    pub id: Option<String>,
    /// The run id; the latest run without it.
    #[arg(long, value_name = "RUN_ID", requires = "id")]
    pub run: Option<String>,
    /// Exports all runs that this filter matches, each to a file in the folder of --to.
    #[arg(long, requires = "to")]
    pub filter: Option<String>,
    /// The file to write, or the folder; standard output without it.
    #[arg(long, value_name = "PATH")]
    pub to: Option<PathBuf>,
}

/// Which files to check.
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// The files: *.json, *.pb or *.binpb.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// What can be done with a store at rest.
#[derive(Clone, Copy, Debug, Subcommand)]
#[non_exhaustive]
pub enum StoreCommand {
    /// Says what the store holds, by age and by type. Also of an engine.
    Stats,
    /// Reads every record of every run, and says what is damaged; ends with 6 if something is.
    Check,
    /// Writes the store anew, so that freed space returns to the file system.
    Compact,
}
