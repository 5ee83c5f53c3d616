//! The moment that a deadline counts from, although the clock was set since.

use std::time::Duration;

use crate::{
    machine::execution::{ActivityState, ExecutionState, PendingActivity, PendingWorkflowTask},
    model::{EventId, Timestamp},
};

/// The moment that a deadline counts from.
///
/// If the wall clock was put back since then, its time is ahead of the present one by the *lead*,
/// and the deadline comes that much earlier than it says. Leads are known to a process and are no
/// part of what is stored: [`ExecutionState::follow_clock`] sets them.
///
/// [`ExecutionState::follow_clock`]: crate::machine::execution::ExecutionState::follow_clock
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Since {
    /// When it was, as histories say it.
    pub at: Timestamp,
    /// When it was by the clock that is in force now.
    counted_from: Timestamp,
}

impl From<Timestamp> for Since {
    fn from(at: Timestamp) -> Self {
        Self {
            at,
            counted_from: at,
        }
    }
}

impl Since {
    /// The deadline that comes this long after it.
    pub fn after(self, duration: Duration) -> Timestamp {
        self.counted_from.after(duration)
    }

    /// A deadline that was computed from it at the time, by the clock that is in force now.
    pub fn adjust(self, deadline: Timestamp) -> Timestamp {
        deadline.before(self.at.since(self.counted_from))
    }

    /// Takes over by how much the clock was ahead then.
    fn follow(&mut self, lead: &impl Fn(Timestamp) -> Duration) {
        self.counted_from = self.at.before(lead(self.at));
    }
}

impl ExecutionState {
    /// Takes over by how much the wall clock was ahead, at each moment that it called by a time, of
    /// the one now in force: zero where it was not.
    ///
    /// Deadlines that count from such a moment come that much earlier than they say, so that they
    /// come after the time they were to wait. Called when a run was loaded, and after each step of
    /// the clock. The turns of waiting attempts change, so whoever has looked through some of them
    /// begins anew.
    pub fn follow_clock(&mut self, lead: impl Fn(Timestamp) -> Duration) {
        self.started_at.follow(&lead);
        if let Some(fork) = self.rare_if_any().and_then(|rare| rare.fork.as_mut()) {
            fork.at.follow(&lead);
        }
        if let Some(task) = &mut self.workflow_task {
            task.follow(&lead);
        }
        let ids: Vec<EventId> = self.activities.keys().copied().collect();
        for id in ids {
            self.change_activity(id, |activity| activity.follow(&lead));
        }
        let timers = self.timers.values_mut();
        for timer in timers {
            let id = timer.started_event_id;
            self.deadlines.remove(&(timer.fires_at(), id));
            timer.started_at.follow(&lead);
            self.deadlines.insert((timer.fires_at(), id));
        }
    }
}

impl PendingWorkflowTask {
    fn follow(&mut self, lead: &impl Fn(Timestamp) -> Duration) {
        self.since.follow(lead);
        if let Some(start) = &mut self.started {
            start.at.follow(lead);
        }
    }
}

impl PendingActivity {
    fn follow(&mut self, lead: &impl Fn(Timestamp) -> Duration) {
        self.scheduled_at.follow(lead);
        match &mut self.state {
            ActivityState::Scheduled {
                since,
                backoff,
                turn,
            } => {
                since.follow(lead);
                turn.not_before = since.after(*backoff);
            }
            ActivityState::Started { at, .. } => at.follow(lead),
        }
        if let Some(beat) = &mut self.last_heartbeat_at {
            beat.follow(lead);
        }
    }
}
