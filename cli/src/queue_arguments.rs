//! What can be said on the command line about task queues and workflow types.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};

/// What can be done with task queues.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum QueueCommand {
    /// Lists the task queues, and the workflow types that are paused.
    List,
    /// Shows a task queue: what runs, what waits, and how its limits stand.
    Describe {
        /// The task queue.
        name: String,
    },
    /// Pauses a task queue: no attempt of an activity on it begins, and no workflow task of a run on it.
    Pause(QueueAct),
    /// Lets a task queue go on.
    Unpause(QueueAct),
    /// Limits a task queue; what is not said has no limit. Takes the place of all options of the code.
    Limit(QueueLimit),
    /// Gives a task queue the options of the code again.
    Restore(QueueAct),
}

/// Something that is done to a task queue.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct QueueAct {
    /// The task queue.
    pub name: String,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
}

/// How much a task queue runs at once, and how fast.
#[derive(Clone, Debug, Args)]
#[command(group(clap::ArgGroup::new("limits").multiple(true).required(true)))]
#[non_exhaustive]
pub struct QueueLimit {
    /// The task queue.
    pub name: String,
    /// Attempts that run at the same time. Default: 1000.
    #[arg(long, value_name = "COUNT", group = "limits")]
    pub max_attempts: Option<NonZeroU32>,
    /// Attempts that start per second.
    #[arg(long, value_name = "COUNT", group = "limits")]
    pub per_second: Option<NonZeroU32>,
    /// Attempts that start at once after a quiet time. Default: 1.
    #[arg(long, value_name = "COUNT", requires = "per_second")]
    pub burst: Option<NonZeroU32>,
    /// Attempts of each fairness key that run at the same time.
    #[arg(long, value_name = "COUNT", group = "limits")]
    pub key_max_attempts: Option<NonZeroU32>,
    /// Attempts of each fairness key that start per second.
    #[arg(long, value_name = "COUNT", group = "limits")]
    pub key_per_second: Option<NonZeroU32>,
    /// Attempts of each fairness key that start at once after a quiet time. Default: 1.
    #[arg(long, value_name = "COUNT", requires = "key_per_second")]
    pub key_burst: Option<NonZeroU32>,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
}

/// Something that is done to all runs of a workflow type.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct TypeAct {
    /// The workflow type.
    pub name: String,
    /// Why, for people.
    #[arg(long)]
    pub reason: Option<String>,
}

/// What can be done with all runs of a workflow type.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum TypeCommand {
    /// Pauses a workflow type: no run of it is given a workflow task until it is unpaused.
    Pause(TypeAct),
    /// Lets the runs of a workflow type go on.
    Unpause(TypeAct),
}
