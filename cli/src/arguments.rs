//! What can be said on the command line.

#![expect(
    clippy::doc_markdown,
    reason = "most of it is printed as it stands, where marks would be seen"
)]

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use sempre::model::Namespace;

use crate::{
    CommandError,
    batch_arguments::BatchCommand,
    queue_arguments::{QueueCommand, TypeCommand},
};

/// Inspects workflows, acts on them, and reads stores at rest.
///
/// A running engine is reached through its console: give the console's address with --url or in the
/// environment variable SEMPRE_URL. A service that shows its console beside its store is found by that:
/// in the working directory, or with --store, which also reads a store that no engine runs on.
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
    /// The folder of a store, instead of an address: of a service that shows its console there, or of
    /// one that no engine runs on.
    #[arg(long, global = true, value_name = "PATH")]
    pub store: Option<PathBuf>,
    /// The namespace that the command is about, if it is not the default one.
    #[arg(
        long,
        global = true,
        env = "SEMPRE_NAMESPACE",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub namespace: Option<String>,
    /// How to print: text for people, json for programs.
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

impl Place {
    /// The namespace that is meant.
    pub(crate) fn namespace(&self) -> Result<Namespace, CommandError> {
        let name = self.namespace.as_deref().unwrap_or_default();
        let namespace = if name.is_empty() {
            Namespace::default()
        } else {
            Namespace::from(name)
        };
        if namespace.is_valid() {
            return Ok(namespace);
        }
        Err(CommandError::usage(format!(
            "no namespace can have this name: {name:?}"
        )))
    }
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
    /// Lists runs, newest first. Works with --store.
    List(List),
    /// Counts runs. Works with --store.
    Count(Count),
    /// Shows a run and its history. Works with --store.
    Show(Show),
    /// Explains what a run is waiting for and what is wrong with it, or lists what needs attention.
    Why(Why),
    /// Starts a workflow.
    Start(Start),
    /// Sends a signal to a run.
    Signal(Message),
    /// Queries a run and prints the answer.
    Query(Message),
    /// Sends an update to a run and prints its result.
    Update(Message),
    /// Requests the cancellation of a run; its code decides how to end.
    Cancel(Stop),
    /// Ends a run at once, without running its code.
    Terminate(Stop),
    /// Resets a run to an earlier point of its history, from where a new run goes on.
    Reset(Reset),
    /// Retries now what is backing off: activities of a run, and its workflow task.
    Retry(Retry),
    /// Pauses a run, or one of its activities, until it is unpaused.
    Pause(Pause),
    /// Lets a paused run, or activity, go on.
    Unpause(Unpause),
    /// Releases a run from quarantine.
    Resume(Which),
    /// Deletes a run and its history; one that is open is terminated first.
    Delete(Which),
    /// Inspects schedules and acts on them.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Inspects task queues, pauses and limits them.
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Pauses all runs of a workflow type, and lets them go on.
    #[command(subcommand)]
    Type(TypeCommand),
    /// Acts on all runs that match a filter, by bulk jobs.
    #[command(subcommand)]
    Batch(BatchCommand),
    /// Lists patches, and how many open runs may still need the old way.
    Patches,
    /// Lists the workflows, activities and search attributes that are registered.
    Types,
    /// Says how the engine is doing; exits with 4 if it is not healthy.
    Health,
    /// Lists what operators have done, newest first: through the console, and by the engine's own calls.
    Audit {
        /// Continues after this token, which the page before has printed.
        #[arg(long, value_name = "TOKEN")]
        page: Option<String>,
    },
    /// Writes histories as Temporal's JSON. Works with --store.
    Export(Export),
    /// Checks history files, JSON or protobuf.
    Import(Import),
    /// Maintains a store: checks, backs up, restores, repairs.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Shows the store of --store, on which no engine runs, in a browser on this machine.
    ///
    /// It prints the console's address, and goes on until Ctrl-C is pressed. Nothing runs meanwhile and
    /// nothing is changed; the store is held, so a service on it has to wait until this ends.
    Console {
        /// Where to listen, on this machine. Port 0 is any free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
        addr: SocketAddr,
    },
    /// Prints a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Which runs to list.
#[derive(Clone, Debug, Args)]
pub struct List {
    /// Which runs, such as "WorkflowType = 'Order' AND ExecutionStatus = 'Running'". Default: all.
    #[arg(default_value = "", hide_default_value = true)]
    pub filter: String,
    /// The largest number of runs to list.
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..))]
    pub limit: u32,
    /// Continues after this token, which the page before has printed.
    #[arg(long, value_name = "TOKEN")]
    pub page: Option<String>,
}

/// Which runs to count.
#[derive(Clone, Debug, Args)]
pub struct Count {
    /// Which runs; ends with "GROUP BY ExecutionStatus" to count them by status. Default: all.
    #[arg(default_value = "", hide_default_value = true)]
    pub filter: String,
}

/// Which run is meant.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// The workflow id.
    #[arg(value_name = "WORKFLOW_ID")]
    pub id: String,
    /// The run id. Default: the latest run.
    #[arg(long, value_name = "RUN_ID")]
    pub run: Option<String>,
}

/// What to show of a run.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// The workflow id.
    #[arg(value_name = "WORKFLOW_ID", required_unless_present = "file")]
    pub id: Option<String>,
    /// The run id. Default: the latest run.
    #[arg(long, value_name = "RUN_ID", requires = "id")]
    pub run: Option<String>,
    /// A file of histories, as JSON or protobuf, instead of a run of an engine or a store.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "follow"])]
    pub file: Option<PathBuf>,
    /// In which form.
    #[command(flatten)]
    pub form: Form,
    /// Prints events as they happen, until the run closes.
    #[arg(long, conflicts_with_all = ["compact", "timeline"])]
    pub follow: bool,
    /// Includes inputs, results and details.
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
    /// The workflow id. Default: everything that needs attention.
    #[arg(value_name = "WORKFLOW_ID")]
    pub id: Option<String>,
    /// The run id. Default: the latest run.
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
    /// The task queue. Default: the default one.
    #[arg(long, value_name = "NAME")]
    pub task_queue: Option<String>,
}

/// What goes into a start or a message.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// The input as JSON, @FILE to read it from a file, or - to read it from standard input.
    #[arg(long, short, value_name = "JSON")]
    pub input: Option<String>,
    /// A request that is repeated under the same id takes effect once.
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
    /// What is left out.
    #[command(flatten)]
    pub excluded: Excluded,
}

/// What the run that goes on after a reset does not take along.
#[derive(Clone, Copy, Debug, Args)]
#[non_exhaustive]
pub struct Excluded {
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
    /// The id of an activity. Default: all of them, and the workflow task.
    #[arg(long, value_name = "ACTIVITY_ID")]
    pub activity: Option<String>,
    /// Counts the attempts of the activity anew.
    #[arg(long, requires = "activity")]
    pub reset_attempts: bool,
}

/// What is to be paused.
#[derive(Clone, Debug, Args)]
pub struct Pause {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// The id of an activity. Default: the whole run.
    #[arg(long, value_name = "ACTIVITY_ID")]
    pub activity: Option<String>,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
}

/// What is to go on.
#[derive(Clone, Debug, Args)]
pub struct Unpause {
    /// What was paused.
    #[command(flatten)]
    pub paused: Pause,
    /// Counts the attempts of the activity anew.
    #[arg(long, requires = "activity")]
    pub reset_attempts: bool,
}

/// What can be done with schedules.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum ScheduleCommand {
    /// Lists schedules, newest first.
    List {
        /// Continues after this token, which the page before has printed.
        #[arg(long, value_name = "TOKEN")]
        page: Option<String>,
    },
    /// Shows a schedule: when it acts, what it has done, what it does next.
    Describe {
        /// The schedule id.
        id: String,
    },
    /// Pauses a schedule; the times that pass until it is unpaused are skipped.
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
    /// Starts an action of a schedule now, even if it is paused.
    Trigger {
        /// The schedule id.
        id: String,
        /// What to do if an earlier action is still running. Default: what the schedule says.
        #[arg(long, value_enum)]
        overlap: Option<Overlap>,
    },
    /// Starts now the actions of a schedule that lie between two times.
    Backfill {
        /// The schedule id.
        id: String,
        /// The earlier time in UTC, such as 2026-11-29T03:00:00Z.
        #[arg(long)]
        from: String,
        /// The later time in UTC.
        #[arg(long)]
        until: String,
        /// What to do if an earlier action is still running. Default: what the schedule says.
        #[arg(long, value_enum)]
        overlap: Option<Overlap>,
    },
    /// Deletes a schedule; runs that it has started go on.
    Delete {
        /// The schedule id.
        id: String,
    },
}

/// What to do if an earlier action of a schedule is still running.
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
    /// The run id. Default: the latest run.
    #[arg(long, value_name = "RUN_ID", requires = "id")]
    pub run: Option<String>,
    /// Exports all runs that this filter matches, each to a file in the folder of --to.
    #[arg(long, requires = "to")]
    pub filter: Option<String>,
    /// The file to write, or the folder. Default: standard output.
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

/// What can be done with a store.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum StoreCommand {
    /// Says what the store holds, by age and by type. Works with --url, too.
    Stats,
    /// Checks every record, every history and the index; exits with 6 if anything is wrong.
    Check,
    /// Takes a backup: of a store with --store, or by a console with --url.
    ///
    /// The first backup in a folder has the whole store, each further one what is new since the last.
    /// A console backs up to the folder that its service has named.
    Backup(Backup),
    /// Lists the backups in a folder.
    Backups {
        /// The folder of the backups.
        #[arg(long, value_name = "PATH")]
        from: PathBuf,
    },
    /// Makes a store of a backup in an empty folder, and checks it; exits with 6 if anything is wrong.
    Restore(Restore),
    /// Makes the index anew, and sets runs aside that cannot be read; exits with 6 if anything is left.
    Repair,
    /// Brings a store of an older format to the newest one.
    Migrate,
    /// Rewrites the store, so that freed space returns to the file system.
    Compact,
}

/// Where a backup goes.
#[derive(Clone, Debug, Args)]
pub struct Backup {
    /// The folder of the backups, which --store needs.
    #[arg(long, value_name = "PATH")]
    pub to: Option<PathBuf>,
    /// The folder of the payload storage, whose content is copied as well. With --url, which has no use
    /// for a path, give --with-payloads.
    #[arg(long, value_name = "PATH")]
    pub payloads: Option<PathBuf>,
    /// Has the console copy the content of stored payloads as well.
    #[arg(long, conflicts_with = "payloads")]
    pub with_payloads: bool,
}

/// Which backup is made a store, and where.
#[derive(Clone, Debug, Args)]
pub struct Restore {
    /// The folder of the backups.
    #[arg(long, value_name = "PATH")]
    pub from: PathBuf,
    /// The folder of the new store, which has to be empty or not there.
    #[arg(long, value_name = "PATH")]
    pub to: PathBuf,
    /// The number of the backup. Default: the last one.
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<u32>,
    /// The folder of a payload storage, to which the content in the backups is copied.
    #[arg(long, value_name = "PATH")]
    pub payloads: Option<PathBuf>,
}
