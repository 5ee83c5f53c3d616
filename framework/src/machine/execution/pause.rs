//! Pauses: what a run, or one of its activities, does not do until somebody lets it go on.
//!
//! | | a run that is paused | an activity that is paused |
//! |---|---|---|
//! | begins no | workflow task, attempt of an activity | attempt |
//! | what runs | goes on to its end, which is recorded | goes on, and is told |
//! | what happens to it | is recorded | is recorded |
//! | clocks | go on: timers fire, time runs out | go on |
//! | ends by | its clocks, being terminated or reset | its clocks, the end of the attempt that runs, being canceled |
//!
//! The pause of a run is in its history, that of an activity is not, as on a Temporal server.

use crate::{
    machine::execution::{ActivityState, ExecutionState},
    model::{
        EventId, ExecutionStatus, Identity, Payloads, RequestId, Timestamp,
        event::workflow_execution,
        transition::{ActivityOptionsUpdated, ActivityPaused, ActivityReset, ActivityUnpaused},
    },
};

/// Who has paused something, when and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pause {
    /// Since when it is paused.
    pub at: Timestamp,
    /// Who has paused it.
    pub identity: Identity,
    /// The reason given.
    pub reason: String,
}

/// The pause of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RunPause {
    pub(super) pause: Pause,
    /// The request that paused it.
    pub(super) request_id: RequestId,
}

impl ExecutionState {
    /// Whether the run is open and somebody has paused it.
    pub fn is_paused(&self) -> bool {
        self.status == ExecutionStatus::Paused
    }

    /// Who has paused the run, if it is paused.
    pub fn pause(&self) -> Option<&Pause> {
        self.rare().pause.as_deref().map(|it| &it.pause)
    }

    /// The request that has paused the run, if it is paused.
    pub(super) fn pause_request_id(&self) -> Option<&RequestId> {
        self.rare().pause.as_deref().map(|it| &it.request_id)
    }

    /// Takes note of a pause, which may be told twice: when it is buffered, and when it is recorded.
    pub(super) fn note_paused(&mut self, paused: &workflow_execution::Paused) {
        self.status = ExecutionStatus::Paused;
        let at = self.at;
        let before = self.pause_request_id();
        if before.is_some_and(|it| *it == paused.request_id) {
            return;
        }
        self.rare_mut().pause = Some(Box::new(RunPause {
            pause: Pause {
                at,
                identity: paused.identity.clone(),
                reason: paused.reason.clone(),
            },
            request_id: paused.request_id.clone(),
        }));
    }

    /// Takes the workflow task back that has not started. What the one before it failed with is carried
    /// on.
    pub(super) fn take_task_back(&mut self) {
        if !self.workflow_task_is_started()
            && let Some(task) = self.workflow_task.take()
        {
            self.problem = task.last_failure;
        }
    }

    /// Lets the run go on. Attempts that waited get in line anew.
    pub(super) fn note_unpaused(&mut self) {
        self.status = ExecutionStatus::Running;
        if let Some(rare) = self.rare_if_any() {
            rare.pause = None;
        }
        // In an order that is recorded, too.
        let waiting: Vec<EventId> = self.activities.keys().copied().collect();
        for scheduled_event_id in waiting {
            self.queue_again(scheduled_event_id);
        }
    }

    /// Gives an attempt that waits to be started a place behind all that could be started before.
    fn queue_again(&mut self, scheduled_event_id: EventId) {
        let Some(activity) = self.pending_activity(scheduled_event_id) else {
            return;
        };
        let ActivityState::Scheduled { since, backoff, .. } = activity.state else {
            return;
        };
        let at = self.at;
        // By what is recorded: a fold does not know what the clock has been through.
        let not_before = since.at.after(backoff).max(at);
        let backoff = not_before.since(at);
        let turn = self.next_turn(not_before);
        self.change_activity(scheduled_event_id, |activity| {
            activity.state = ActivityState::Scheduled {
                since: at.into(),
                backoff,
                turn,
            };
        });
    }

    pub(super) fn pause_activity(&mut self, paused: &ActivityPaused) {
        let at = self.at;
        self.change_activity(paused.scheduled_event_id, |activity| {
            activity.pause = Some(Box::new(Pause {
                at,
                identity: paused.identity.clone(),
                reason: paused.reason.clone(),
            }));
        });
    }

    pub(super) fn unpause_activity(&mut self, unpaused: ActivityUnpaused) {
        self.change_activity(unpaused.scheduled_event_id, |activity| {
            activity.pause = None;
            if !activity.is_started() {
                // As on a Temporal server: what failed before has been seen to.
                activity.last_failure = None;
            }
        });
        self.end_backoff(unpaused.scheduled_event_id);
    }

    pub(super) fn reset_activity(&mut self, reset: &ActivityReset) {
        self.change_activity(reset.scheduled_event_id, |activity| {
            // The attempt that waits is the first again, or the one behind the attempt that runs.
            let runs = u32::from(activity.is_started());
            activity.attempts_before = activity.attempt.saturating_sub(1 - runs);
            activity.last_failure = None;
            if reset.forgets_heartbeat {
                activity.heartbeat_details = Payloads::EMPTY;
            }
        });
        self.end_backoff(reset.scheduled_event_id);
    }

    pub(super) fn update_activity_options(&mut self, updated: &ActivityOptionsUpdated) {
        self.change_activity(updated.scheduled_event_id, |activity| {
            let scheduled = &mut activity.scheduled;
            scheduled.task_queue = updated.task_queue.clone();
            scheduled.schedule_to_close_timeout = updated.schedule_to_close_timeout;
            scheduled.schedule_to_start_timeout = updated.schedule_to_start_timeout;
            scheduled.start_to_close_timeout = updated.start_to_close_timeout;
            scheduled.heartbeat_timeout = updated.heartbeat_timeout;
            scheduled.retry_policy = updated.retry_policy.clone();
            if let ActivityState::Scheduled { backoff, .. } = &mut activity.state {
                *backoff = updated.backoff.unwrap_or(*backoff);
                activity.last_failure = None;
            }
        });
        self.queue_again(updated.scheduled_event_id);
    }
}
