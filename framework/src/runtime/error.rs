//! Why an engine does not start.

use std::time::Duration;

use derive_more::{Display, Error, From};

use crate::{
    definition::FailureTypeConflict,
    model::{ActivityType, Namespace, TaskQueue, WorkflowType, WorkflowVersion, limits},
    runtime::MissingCode,
    schedule::ScheduleError,
    storage::StorageError,
};

/// An engine was not started, and nothing has been written.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum StartEngineError {
    /// The store cannot be opened or read. Its [`kind`](StorageError::kind) says what to do.
    #[display("store cannot be opened: {_0}")]
    Storage(#[error(source)] StorageError),
    /// Two workflows have the same type and the same version. Give one of them another name, or
    /// another version.
    #[display("workflow type is registered twice workflow_type={workflow_type} version={version}")]
    #[from(ignore)]
    RepeatedWorkflow {
        /// The type.
        workflow_type: WorkflowType,
        /// The version.
        version: WorkflowVersion,
    },
    /// Open runs need code that is not registered, and the engine was told to
    /// [require it](crate::EngineBuilder::require_code_for_open_runs). Register it.
    #[display("open runs lack code: {}", list(missing))]
    #[from(ignore)]
    MissingCode {
        /// What is not registered, and how many runs need it.
        missing: Vec<MissingCode>,
    },
    /// Two activities of one task queue have the same type. Give one of them another name.
    #[display(
        "activity type is registered twice activity_type={activity_type} task_queue={task_queue}"
    )]
    #[from(ignore)]
    RepeatedActivity {
        /// The type.
        activity_type: ActivityType,
        /// The queue.
        task_queue: TaskQueue,
    },
    /// What operators have set on this store cannot be read, so what they have paused would go on. Add the
    /// codec that it was written with, or restore a backup.
    #[display("what operators have set cannot be read: {_0}")]
    #[from(ignore)]
    Settings(#[error(not(source))] String),
    /// A search attribute cannot be declared. Give it another name, or the type that it is known by.
    #[display("search attribute {name} cannot be declared: {problem}")]
    #[from(ignore)]
    SearchAttribute {
        /// Its name.
        name: &'static str,
        /// Why not.
        problem: &'static str,
    },
    /// A namespace cannot be as it was [declared](crate::EngineBuilder::namespace). Declare it otherwise.
    #[display("namespace {namespace:?} cannot be: {problem}")]
    #[from(ignore)]
    Namespace {
        /// Its name.
        namespace: Namespace,
        /// Why not.
        problem: &'static str,
    },
    /// Closed runs would be kept for less than an hour. Within that time who repeats a request has to
    /// find what has come of it. Keep them longer.
    #[display(
        "closed runs are to be kept for at least {} retention={}",
        humantime::format_duration(limits::RETENTION_MIN),
        humantime::format_duration(*retention)
    )]
    #[from(ignore)]
    Retention {
        /// The shortest time that was asked for.
        retention: Duration,
    },
    /// A schedule that the engine was [described with](crate::EngineBuilder::schedule) makes no sense,
    /// or could not be created. Mend it; the engine has been shut down.
    #[display("schedule {schedule_id} cannot be created: {error}")]
    #[from(ignore)]
    Schedule {
        /// Its id.
        schedule_id: String,
        /// Why not.
        #[error(source)]
        error: ScheduleError,
    },
    /// Two errors of workflows or activities have failures of one type, so that neither a retry
    /// policy nor a history tells them apart. Give one of them a prefix.
    #[display("{_0}; give one of them a prefix: #[failure(prefix = \"…\")]")]
    RepeatedFailureType(#[error(source)] FailureTypeConflict),
    /// The operating system grants no thread. Lower the limit of threads, or raise the system's.
    #[display("thread cannot be started: {_0}")]
    Thread(#[error(source)] std::io::Error),
}

fn list(missing: &[MissingCode]) -> String {
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    missing.join("; ")
}
