//! Other options for an activity that is pending.

use std::time::Duration;

use crate::model::{RetryPolicy, TaskQueue};

/// What is to be other about the options of a pending activity; what is not said stays.
///
/// # Examples
/// ```
/// use sempre::model::ActivityOptionsChange;
/// use std::time::Duration;
///
/// let change = ActivityOptionsChange::default().start_to_close(Duration::from_secs(60));
/// assert_eq!(change.task_queue, None);
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct ActivityOptionsChange {
    /// The queue that its attempts are started from.
    pub task_queue: Option<TaskQueue>,
    /// From the first scheduling to the end of the last attempt; zero is as if nobody had set it.
    pub schedule_to_close: Option<Duration>,
    /// From an attempt's scheduling to its start; zero is as if nobody had set it.
    pub schedule_to_start: Option<Duration>,
    /// From an attempt's start to its end; zero is as if nobody had set it.
    pub start_to_close: Option<Duration>,
    /// From a heartbeat to the next one; zero is no limit.
    pub heartbeat: Option<Duration>,
    /// When a failed attempt is tried again.
    pub retry: Option<RetryPolicy>,
}

impl ActivityOptionsChange {
    /// The queue that its attempts are started from.
    #[must_use]
    pub fn task_queue(mut self, task_queue: impl Into<TaskQueue>) -> Self {
        self.task_queue = Some(task_queue.into());
        self
    }

    /// From the first scheduling to the end of the last attempt.
    #[must_use]
    pub fn schedule_to_close(mut self, limit: Duration) -> Self {
        self.schedule_to_close = Some(limit);
        self
    }

    /// From an attempt's scheduling to its start.
    #[must_use]
    pub fn schedule_to_start(mut self, limit: Duration) -> Self {
        self.schedule_to_start = Some(limit);
        self
    }

    /// From an attempt's start to its end.
    #[must_use]
    pub fn start_to_close(mut self, limit: Duration) -> Self {
        self.start_to_close = Some(limit);
        self
    }

    /// From a heartbeat to the next one.
    #[must_use]
    pub fn heartbeat(mut self, limit: Duration) -> Self {
        self.heartbeat = Some(limit);
        self
    }

    /// When a failed attempt is tried again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }
}
