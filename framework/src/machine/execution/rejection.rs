//! Why a message is refused. A refused message has changed nothing.

use derive_more::{Display, Error};

use crate::model::{EventId, ExecutionStatus, Namespace, Timestamp};

/// Why a message is refused.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The run has not been started.
    #[display("workflow execution is not started")]
    NotStarted,
    /// The run has been started already.
    #[display("workflow execution is already started status={status}")]
    AlreadyStarted {
        /// Whether it is open, and how it closed.
        status: ExecutionStatus,
    },
    /// The run has closed.
    #[display("workflow execution is already closed status={status}")]
    AlreadyClosed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// There is no such thing pending: it never was, or it has ended.
    #[display("{what} is not pending")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The thing has been started already, by another request.
    #[display("{what} is already started")]
    TaskAlreadyStarted {
        /// What was to be started.
        what: &'static str,
    },
    /// The thing may not be started yet.
    #[display("{what} is backing off not_before={not_before}")]
    NotDue {
        /// What was to be started.
        what: &'static str,
        /// When it may be started.
        not_before: Timestamp,
    },
    /// The attempt is over: it timed out, was declared lost, or never started.
    #[display("activity attempt no longer counts attempt={attempt}")]
    StaleAttempt {
        /// The attempt that the message is about.
        attempt: u32,
    },
    /// The activity is said to have stopped, and nobody has asked it to.
    #[display("activity was not asked to stop")]
    CancelNotRequested,
    /// Something that has to be given is empty.
    #[display("{what} is empty")]
    Missing {
        /// What is empty.
        what: &'static str,
    },
    /// A name is one of those that sempre keeps for itself. Choose another one.
    #[display("{what} begins with `{prefix}`, which is reserved")]
    Reserved {
        /// What has the name.
        what: &'static str,
        /// What reserved names begin with.
        prefix: &'static str,
    },
    /// The id names a namespace that nobody has declared. Declare it, or name another one.
    #[display("there is no namespace {namespace}; declare it with EngineBuilder::namespace")]
    NoNamespace {
        /// That namespace.
        namespace: Namespace,
    },
    /// Two things were asked for that exclude each other.
    #[display("{one} cannot be used together with {other}")]
    Contradiction {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A cron schedule cannot be read, or has no time at which it would begin a run.
    #[display("cron schedule: {problem}")]
    CronSchedule {
        /// What is wrong with it.
        problem: String,
    },
    /// A retry policy has intervals that make no sense.
    #[display("{problem}")]
    RetryPolicy {
        /// What is wrong with it.
        problem: String,
    },
    /// A priority is none that there is.
    #[display("priority: {problem}")]
    Priority {
        /// What is wrong with it.
        problem: String,
    },
    /// Something is larger than is allowed.
    #[display("{what} is too large limit={limit} actual={actual}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How many bytes it has.
        actual: usize,
        /// How many bytes are allowed.
        limit: usize,
    },
    /// A search attribute is unknown, of another type or too large, or there are too many.
    #[display("search attribute {name}: {problem}")]
    SearchAttribute {
        /// Its name.
        name: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The run cannot be reset to this point.
    #[display("run cannot be reset to this point: {problem}; {}", points(legal))]
    ResetPoint {
        /// What is wrong with it.
        problem: String,
        /// The events that the run can be reset to, the last ones of many.
        legal: Vec<EventId>,
    },
    /// The run, or the activity, is paused, and has to go on first.
    #[display("{what} is paused: unpause it first")]
    Paused {
        /// What is paused.
        what: &'static str,
    },
    /// The run is paused already.
    #[display("workflow execution is already paused")]
    AlreadyPaused,
    /// What is to go on is not paused.
    #[display("{what} is not paused")]
    NotPaused {
        /// What is not.
        what: &'static str,
    },
    /// The run has had all the updates it accepts. Its workflow has to continue as new.
    #[display("workflow execution accepts no further updates limit={limit}")]
    TooManyUpdates {
        /// How many it accepts.
        limit: usize,
    },
    /// The run carries out as many updates as it may at the same time. Try again when one of them is
    /// completed.
    #[display("too many updates of the workflow execution are in flight limit={limit}")]
    TooManyUpdatesInFlight {
        /// How many may be.
        limit: usize,
    },
    /// The run has had all the signals it accepts.
    #[display("workflow execution accepts no further signals limit={limit}")]
    TooManySignals {
        /// How many it accepts.
        limit: usize,
    },
}

/// The points that a run can be reset to, in words.
fn points(legal: &[EventId]) -> String {
    if legal.is_empty() {
        return "there is none".to_owned();
    }
    let points: Vec<String> = legal.iter().map(ToString::to_string).collect();
    format!("it can be reset to the events {}", points.join(", "))
}
