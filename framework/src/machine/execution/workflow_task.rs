//! The life of workflow tasks: when one is scheduled, and what its failure leads to.
//!
//! | attempt                | on failure                          | next attempt                             |
//! |------------------------|-------------------------------------|------------------------------------------|
//! | 1, of the keeper       | `WorkflowTaskFailed` or `…TimedOut` | attempt 1, at once                       |
//! | 1, of anybody else     | `WorkflowTaskFailed` or `…TimedOut` | transient, at once                       |
//! | n ≥ 2                  | no event                            | transient, once its timeout has passed   |
//! | any, with news buffered | as above                           | attempt 1, at once: the news may cure it |
//!
//! The *keeper* is who completed the last workflow task, until one fails: it may still have the program
//! in memory, and that may be what is wrong. So its failure does not count, and the next attempt begins
//! from the history. Temporal's server says the same of a sticky task queue.

use std::time::Duration;

use crate::{
    machine::execution::{Draft, ExecutionState, PendingWorkflowTask},
    model::{
        EventAttributes, Failure, HistoryEvent, Identity, TimeoutType,
        event::workflow_execution,
        event::workflow_task::{self, FailedCause},
        limits,
        transition::{TransientScheduled, WorkflowTaskAttemptFailed},
    },
};

/// Attempts that are given the plain timeout.
const PLAIN_ATTEMPTS: u32 = 3;
/// By how much the first longer timeout is longer.
const STRETCH_INITIAL: Duration = Duration::from_secs(5);
/// By how much a timeout is longer at most.
const STRETCH_MAX: Duration = Duration::from_secs(10 * 60);

/// How long an attempt of a workflow task may take.
///
/// Past the third attempt it doubles: a failed attempt is left to time out, so this is also how
/// far apart the attempts are.
pub(super) fn start_to_close_timeout(timeout: Duration, attempt: u32) -> Duration {
    let Some(doublings) = attempt.checked_sub(PLAIN_ATTEMPTS + 1) else {
        return timeout;
    };
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    timeout.saturating_add(STRETCH_INITIAL.saturating_mul(factor).min(STRETCH_MAX))
}

/// The two events that a transient workflow task will have if it completes.
pub(super) fn transient_events(state: &ExecutionState) -> Option<[HistoryEvent; 2]> {
    let task = state.workflow_task()?;
    let start = task.started.as_ref().filter(|_| task.is_transient())?;
    let scheduled = HistoryEvent {
        id: task.scheduled_event_id,
        time: task.scheduled_at,
        attributes: EventAttributes::WorkflowTaskScheduled(workflow_task::Scheduled {
            task_queue: state.started()?.task_queue.clone(),
            start_to_close_timeout: task.start_to_close_timeout,
            attempt: task.attempt,
        }),
    };
    let started = HistoryEvent {
        id: start.started_event_id,
        time: start.at.at,
        attributes: EventAttributes::WorkflowTaskStarted(workflow_task::Started {
            scheduled_event_id: task.scheduled_event_id,
            identity: start.identity.clone(),
            request_id: start.request_id.clone(),
            suggest_continue_as_new: state.suggest_continue_as_new(),
            history_size_bytes: state.history_size_bytes(),
        }),
    };
    Some([scheduled, started])
}

/// Who ends what nobody asked to end, in histories: the service that keeps them.
pub const SERVICE: &str = "history-service";

impl ExecutionState {
    /// Whether a workflow task is run by who has completed the one before.
    fn is_kept_by_runner_of(&self, task: &PendingWorkflowTask) -> bool {
        let runner = task.started.as_ref().map(|start| &start.identity);
        self.keeper.is_some() && self.keeper.as_ref() == runner
    }
}

/// How a workflow task ended without an answer that holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum TaskEnd {
    /// It, or its answer, was faulty.
    Failed {
        /// As a kind.
        cause: FailedCause,
        /// In detail.
        failure: Box<Failure>,
        /// Who ran it.
        identity: Identity,
    },
    /// There was no answer in time.
    TimedOut,
}

impl TaskEnd {
    /// The engine ends the task itself.
    pub(super) fn forced(message: impl Into<String>) -> Self {
        Self::Failed {
            cause: FailedCause::ForceCloseCommand,
            failure: Box::new(Failure::server(message)),
            identity: Identity::new(SERVICE),
        }
    }
}

impl Draft<'_> {
    /// Sees to it that the program is told what is new, and that the history keeps its limits.
    ///
    /// Called after events that the program has to react to.
    ///
    /// While the first workflow task waits, the program is told nothing.
    pub(super) fn follow_up(&mut self) {
        if self.state().first_workflow_task_at().is_some() {
            return self.enforce_history_limits();
        }
        self.follow_up_at_once();
    }

    /// The same, without waiting for the time of the first workflow task.
    pub(super) fn follow_up_at_once(&mut self) {
        if self.state().buffered_event_count() > limits::BUFFERED_EVENTS_MAX {
            // Bound: a task that runs elsewhere cannot hold back more events than these.
            self.end_workflow_task(TaskEnd::forced(format!(
                "too many events wait for the workflow task to end limit={}",
                limits::BUFFERED_EVENTS_MAX
            )));
        }
        if self.state().status().is_open() {
            self.schedule_workflow_task();
        }
        self.enforce_history_limits();
    }

    /// Schedules a workflow task unless one is to come anyway.
    fn schedule_workflow_task(&mut self) {
        if self.state().is_paused() {
            return;
        }
        if let Some(task) = self.state().workflow_task() {
            let news = self.state().last_event_id().next() != task.scheduled_event_id;
            let outdated = task.is_transient() && task.started.is_none() && news;
            if !outdated {
                return;
            }
        }
        let Some(started) = self.state().started() else {
            return;
        };
        let scheduled = workflow_task::Scheduled {
            task_queue: started.task_queue.clone(),
            start_to_close_timeout: started.workflow_task_timeout,
            attempt: 1,
        };
        self.write(scheduled);
    }

    /// Terminates a run whose history, or whose records without events, have outgrown their limits.
    pub(super) fn enforce_history_limits(&mut self) {
        let state = self.state();
        if !state.status().is_open() || state.workflow_task_is_started() {
            return;
        }
        if state.eventless_bytes > 2 * limits::EVENTLESS_BYTES_MAX {
            let (limit, actual) = (2 * limits::EVENTLESS_BYTES_MAX, state.eventless_bytes);
            let what = "records that leave no event have too many bytes";
            return self.close_from_outside(workflow_execution::Terminated {
                reason: format!("{what} limit={limit} actual={actual}"),
                ..Default::default()
            });
        }
        let (what, actual, limit) = if state.last_event_id().get() > limits::HISTORY_EVENTS_MAX {
            let actual = state.last_event_id().get();
            ("events", actual, limits::HISTORY_EVENTS_MAX)
        } else if state.history_size_bytes() > limits::HISTORY_BYTES_MAX {
            let actual = state.history_size_bytes();
            ("bytes", actual, limits::HISTORY_BYTES_MAX)
        } else {
            return;
        };
        self.close_from_outside(workflow_execution::Terminated {
            reason: format!("history has too many {what} limit={limit} actual={actual}"),
            ..Default::default()
        });
    }

    /// Ends the workflow task that has started, and schedules the next attempt.
    pub(super) fn end_workflow_task(&mut self, end: TaskEnd) {
        let Some(task) = self.state().workflow_task().cloned() else {
            return;
        };
        let is_of_keeper = self.state().is_kept_by_runner_of(&task);
        self.write_task_end(&task, end);
        // Where a pause was buffered, nothing is scheduled.
        if self.flush(0, Vec::new()) || is_of_keeper {
            self.schedule_workflow_task();
        } else {
            self.schedule_transient(task.attempt.saturating_add(1));
        }
    }

    /// Ends the workflow task that runs, if one does, because the run is about to close.
    ///
    /// What was buffered meanwhile is recorded, although the program will not see it.
    pub(super) fn abort_workflow_task(&mut self, reason: &str) {
        let started = self.state().workflow_task().cloned();
        let started = started.filter(|task| task.started.is_some());
        if let Some(task) = started.filter(|task| !task.is_transient()) {
            self.write_task_end(&task, TaskEnd::forced(reason));
        }
        self.flush(0, Vec::new());
    }

    fn write_task_end(&mut self, task: &PendingWorkflowTask, end: TaskEnd) {
        let Some(start) = task.started.as_ref() else {
            return;
        };
        let scheduled_event_id = task.scheduled_event_id;
        let started_event_id = start.started_event_id;
        match end {
            TaskEnd::Failed {
                cause,
                failure,
                identity,
            } if !task.is_transient() => {
                self.write(workflow_task::Failed {
                    scheduled_event_id,
                    started_event_id,
                    cause,
                    failure: Some(failure),
                    identity,
                    ..workflow_task::Failed::default()
                });
            }
            TaskEnd::TimedOut if !task.is_transient() => {
                self.write(workflow_task::TimedOut {
                    scheduled_event_id,
                    started_event_id,
                    timeout_type: TimeoutType::StartToClose,
                });
            }
            TaskEnd::Failed { cause, failure, .. } => self.change(WorkflowTaskAttemptFailed {
                attempt: task.attempt,
                cause,
                failure: (!is_repeated(task, &failure)).then_some(failure),
                next_attempt_at: start.at.after(task.start_to_close_timeout).max(self.now()),
            }),
            TaskEnd::TimedOut => self.change(WorkflowTaskAttemptFailed {
                attempt: task.attempt,
                cause: FailedCause::Unspecified,
                failure: Some(Box::new(Failure::engine_timeout(
                    "workflow task timed out",
                    TimeoutType::StartToClose,
                ))),
                next_attempt_at: self.now(),
            }),
        }
    }

    fn schedule_transient(&mut self, attempt: u32) {
        let timeout = self.state().started().map(|it| it.workflow_task_timeout);
        let timeout = timeout.unwrap_or(limits::WORKFLOW_TASK_TIMEOUT);
        self.change(TransientScheduled {
            attempt,
            at: self.now(),
            start_to_close_timeout: start_to_close_timeout(timeout, attempt),
        });
    }
}

/// Whether an attempt failed with what the one before failed with. A task that fails for ever takes
/// little room that way.
fn is_repeated(task: &PendingWorkflowTask, failure: &Failure) -> bool {
    let last = task.last_failure.as_ref();
    last.is_some_and(|last| last.failure.as_deref() == Some(failure))
}
