//! A schedule: when it acts, what it does then, and under which rules.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    model::{Payloads, StartOptions, Timestamp, WorkflowId, WorkflowType},
    schedule::{InvalidSchedule, OverlapPolicy, ScheduleSpec, times::Times},
};

/// The catch-up window where none is given: a year.
const CATCHUP_WINDOW: Duration = Duration::from_secs(365 * 24 * 3_600);
/// The shortest catch-up window.
const CATCHUP_WINDOW_MIN: Duration = Duration::from_secs(10);
/// Bound: bytes of a schedule's id, which becomes part of other ids.
const ID_BYTES_MAX: usize = 200;

/// What a schedule does: it starts a workflow.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScheduledStart {
    /// What the ids of the workflows begin with; the time of the action follows, as in
    /// `report-2026-11-25T05:04:36Z`.
    pub workflow_id: WorkflowId,
    /// The program.
    pub workflow_type: WorkflowType,
    /// Its arguments.
    #[serde(with = "crate::model::readable")]
    pub input: Payloads,
    /// How it is started. The schedule gives request ids, and no start delay and no cron text; an id
    /// that an open run has is refused, whatever the conflict policy.
    pub options: StartOptions,
}

/// A schedule as it is written down.
///
/// [`ScheduleDescription`](crate::schedule::ScheduleDescription) has one, which can be changed and
/// handed to [`update`](crate::schedule::ScheduleHandle::update).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schedule {
    /// When it acts.
    pub spec: ScheduleSpec,
    /// What it does.
    pub action: ScheduledStart,
    /// What it does about actions that overlap.
    pub overlap: OverlapPolicy,
    /// How late an action may be carried out; one that is later is left out. Default: a year; at
    /// least 10 s.
    ///
    /// Actions are late when the engine was down at their time.
    pub catchup_window: Duration,
    /// Whether the schedule is paused when an action fails or times out. Default: no.
    pub pause_on_failure: bool,
    /// Whether it is paused: the times that pass meanwhile are left out.
    pub paused: bool,
    /// A note for people; pausing sets it.
    pub note: String,
    /// How many actions are left, those asked for by hand not counted. Default: no limit.
    pub remaining_actions: Option<u64>,
}

impl Schedule {
    pub(super) fn new(action: ScheduledStart) -> Self {
        Self {
            spec: ScheduleSpec::default(),
            action,
            overlap: OverlapPolicy::default(),
            catchup_window: CATCHUP_WINDOW,
            pause_on_failure: false,
            paused: false,
            note: String::new(),
            remaining_actions: None,
        }
    }

    /// That the schedule makes sense, and acts at some time after this one.
    pub(crate) fn check(&self, schedule_id: &str, now: Timestamp) -> Result<(), InvalidSchedule> {
        let refuse = |field, problem: &str| Err(InvalidSchedule::new(field, problem));
        if schedule_id.is_empty() || schedule_id.len() > ID_BYTES_MAX {
            return refuse("schedule_id", "is empty or longer than 200 bytes");
        }
        let times = Times::of(&self.spec)?;
        if times.next(now).is_none() {
            return refuse("spec", "never comes; give it a time that is still ahead");
        }
        if self.catchup_window < CATCHUP_WINDOW_MIN {
            return refuse("catchup_window", "is shorter than 10 s");
        }
        if self.remaining_actions == Some(0) {
            return refuse(
                "remaining_actions",
                "is zero, so nothing would ever be done",
            );
        }
        self.check_action()
    }

    fn check_action(&self) -> Result<(), InvalidSchedule> {
        let ScheduledStart {
            workflow_id,
            workflow_type,
            options,
            ..
        } = &self.action;
        let refuse = |field, problem: &str| Err(InvalidSchedule::new(field, problem));
        if workflow_id.as_str().is_empty() || workflow_id.as_str().len() > ID_BYTES_MAX {
            return refuse("workflow_id", "is empty or longer than 200 bytes");
        }
        if workflow_type.as_str().is_empty() {
            return refuse("workflow_type", "is empty");
        }
        if !options.cron.is_empty() {
            return refuse("options.cron", "is given, and the schedule says when");
        }
        if options.start_delay.is_some() {
            return refuse(
                "options.start_delay",
                "is given, and the schedule says when",
            );
        }
        if options.request_id.is_some() {
            return refuse(
                "options.request_id",
                "is given, and each action has its own",
            );
        }
        Ok(())
    }
}
