//! Every word that the macros know, once.

/// The attributes inside `#[handlers]`.
pub(crate) mod role {
    pub(crate) const RUN: &str = "run";
    pub(crate) const INIT: &str = "init";
    pub(crate) const SIGNAL: &str = "signal";
    pub(crate) const QUERY: &str = "query";
    pub(crate) const UPDATE: &str = "update";
    pub(crate) const VALIDATE: &str = "validate";
}

/// The way round the guard of `#[handlers]`.
pub(crate) const ALLOW_NONDETERMINISM: &str = "allow_nondeterminism";

/// The attributes of the derives and of `#[activities]`.
pub(crate) const ACTIVITY: &str = "activity";
pub(crate) const ACTIVITIES: &str = "activities";
pub(crate) const FAILURE: &str = "failure";
pub(crate) const WORKFLOW: &str = "workflow";

/// The options of all attributes.
pub(crate) mod option {
    pub(crate) const CRATE: &str = "crate";
    pub(crate) const NAME: &str = "name";
    pub(crate) const VERSION: &str = "version";
    pub(crate) const REASON: &str = "reason";

    pub(crate) const TASK_QUEUE: &str = "task_queue";
    pub(crate) const START_TO_CLOSE: &str = "start_to_close";
    pub(crate) const SCHEDULE_TO_CLOSE: &str = "schedule_to_close";
    pub(crate) const SCHEDULE_TO_START: &str = "schedule_to_start";
    pub(crate) const HEARTBEAT: &str = "heartbeat";
    pub(crate) const TIMEOUT: &str = "timeout";
    /// The value of `timeout`.
    pub(crate) const AT_CALL: &str = "at_call";

    pub(crate) const RETRY: &str = "retry";
    pub(crate) const INITIAL_INTERVAL: &str = "initial_interval";
    pub(crate) const BACKOFF: &str = "backoff";
    pub(crate) const MAX_INTERVAL: &str = "max_interval";
    pub(crate) const MAX_ATTEMPTS: &str = "max_attempts";

    pub(crate) const NON_RETRYABLE: &str = "non_retryable";
    pub(crate) const BENIGN: &str = "benign";
    pub(crate) const RETRY_AFTER: &str = "retry_after";
    pub(crate) const CAUSE: &str = "cause";
    pub(crate) const PREFIX: &str = "prefix";

    pub(crate) const WORKFLOWS: &str = "workflows";
}

/// The types that advice is given about by their name; what they are is decided by the compiler.
pub(crate) mod known {
    pub(crate) const WORKFLOW_CONTEXT: &str = "WorkflowContext";
    pub(crate) const ACTIVITY_CONTEXT: &str = "ActivityContext";
}

/// The methods that every workflow handle has: those of sempre's, and those that traits of the
/// prelude give it. A handler of the same name would hide them, or be hidden.
///
/// Only what is there is refused. What sempre adds later yields to handlers, because their methods
/// are found first.
pub(crate) const HANDLE_METHODS: &[&str] = &[
    "at_run",
    "cancel",
    "clone",
    "describe",
    "history",
    "into",
    "query",
    "result",
    "run_id",
    "signal",
    "start",
    "terminate",
    "to_owned",
    "try_into",
    "workflow_id",
];
