//! Every word that the macros know, once.

/// The attributes inside `#[handlers]`.
pub(crate) mod role {
    pub(crate) const RUN: &str = "run";
    pub(crate) const INIT: &str = "init";
    pub(crate) const SIGNAL: &str = "signal";
    pub(crate) const QUERY: &str = "query";
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
    pub(crate) const REASON: &str = "reason";

    pub(crate) const TASK_QUEUE: &str = "task_queue";
    pub(crate) const START_TO_CLOSE: &str = "start_to_close";
    pub(crate) const SCHEDULE_TO_CLOSE: &str = "schedule_to_close";
    pub(crate) const SCHEDULE_TO_START: &str = "schedule_to_start";
    pub(crate) const HEARTBEAT: &str = "heartbeat";

    pub(crate) const RETRY: &str = "retry";
    pub(crate) const INITIAL_INTERVAL: &str = "initial_interval";
    pub(crate) const BACKOFF: &str = "backoff";
    pub(crate) const MAX_INTERVAL: &str = "max_interval";
    pub(crate) const MAX_ATTEMPTS: &str = "max_attempts";

    pub(crate) const NON_RETRYABLE: &str = "non_retryable";
    pub(crate) const RETRY_AFTER: &str = "retry_after";
    pub(crate) const CAUSE: &str = "cause";

    pub(crate) const WORKFLOWS: &str = "workflows";
}

/// The types that are known by their name, because a macro sees no more of them.
pub(crate) mod known {
    pub(crate) const WORKFLOW_CONTEXT: &str = "WorkflowContext";
    pub(crate) const ACTIVITY_CONTEXT: &str = "ActivityContext";
    pub(crate) const RESULT: &str = "Result";
}

/// The methods that every workflow handle has, which a handler's own would be hidden by.
pub(crate) const HANDLE_METHODS: &[&str] = &[
    "at_run",
    "cancel",
    "clone",
    "describe",
    "history",
    "pause",
    "query",
    "reset",
    "result",
    "run_id",
    "signal",
    "start",
    "terminate",
    "unpause",
    "update",
    "workflow_id",
];
