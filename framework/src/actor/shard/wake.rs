//! Waking executions whose time has come, and, after a restart, those with something to do.

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        message::ExecutionMail,
        shard::{Shard, ShardNote},
    },
    model::{RunId, Timestamp, Wake},
};

/// An open run of an earlier process, and what it needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RecoveredRun {
    /// The run.
    pub run_id: RunId,
    /// What its last record says it needs.
    pub wake: Wake,
    /// When that was decided.
    pub decided_at: Timestamp,
}

impl RecoveredRun {
    /// When it has to be woken, if it needs that at all.
    fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.wake.at_once {
            return Some(Timestamp::EPOCH);
        }
        let deadline = self.wake.deadline?;
        if self.decided_at <= now {
            return Some(deadline);
        }
        // The clock of the earlier process was ahead: no longer than what it had to wait then.
        Some(now.after(deadline.since(self.decided_at)))
    }
}

/// Bound: executions woken before other mail gets its turn.
const WAKE_MAX: usize = 64;
/// Bound: executions on their way out of memory while others are woken. Past it those that are due
/// wait, as a deadline each, and one of them is woken for each that has left.
const LEAVING_MAX: usize = 1_024;

/// How many executions may be woken now.
///
/// At least one for each that leaves: mail that brings others into memory may keep more of them on
/// their way out than the bound, for as long as it keeps coming, and what is due waits no longer
/// than its share of that.
pub(in crate::actor) fn wakes(leaving: usize, one_has_left: bool) -> usize {
    let room = LEAVING_MAX.saturating_sub(leaving);
    room.max(usize::from(one_has_left)).min(WAKE_MAX)
}

impl Shard {
    /// Plans when each run is loaded: those with something to do at once, oldest first, and the
    /// others when a message or a deadline reaches them.
    pub(super) fn plan_recovery(&self, recovered: Vec<RecoveredRun>) {
        let at_once = recovered.iter().filter(|run| run.wake.at_once);
        self.shared.keep_recovered(at_once.map(|run| run.run_id));
        let now = self.shared.now();
        let planned = recovered.into_iter().filter_map(|run| {
            let at = run.wakes_at(now)?;
            Some((run.run_id, self.shared.never_put_back(at)))
        });
        *self.shared.deadlines.borrow_mut() = planned.collect();
    }

    /// Wakes the executions whose deadlines have passed.
    pub(super) fn wake_due(&mut self, ctx: &mut Context<Self>) {
        self.wake_some(wakes(self.residency.leaving(), false), ctx);
    }

    /// Goes on with waking, if that had to wait until an execution has left memory.
    pub(super) fn wake_next(&mut self, ctx: &mut Context<Self>) {
        if std::mem::take(&mut self.waking_waits) {
            self.wake_some(wakes(self.residency.leaving(), true), ctx);
        }
    }

    /// Wakes those who wait for a gate, as soon as there is room for each.
    pub(super) fn wake_held_back(&mut self, ctx: &mut Context<Self>) {
        let waiting = self.shared.take_held_back();
        let mut deadlines = self.shared.deadlines.borrow_mut();
        for run_id in waiting {
            deadlines.set(run_id, Some(Timestamp::EPOCH));
        }
        drop(deadlines);
        self.set_alarm(ctx);
    }

    fn wake_some(&mut self, most: usize, ctx: &mut Context<Self>) {
        let now = self.shared.never_put_back(self.shared.now());
        for _ in 0..most {
            let due = self.shared.deadlines.borrow_mut().take_due(now);
            let Some(run_id) = due else { break };
            self.deliver(run_id, ExecutionMail::Wake, ctx);
        }
        // Invariant: if there is no room, some execution is on its way out, and wakes the next.
        let waits = wakes(self.residency.leaving(), false) == 0;
        self.waking_waits = waits;
        // Nobody needs to say which deadline comes first as long as all that are due wait.
        self.shared.armed_for.set(waits.then_some(Timestamp::EPOCH));
        self.set_alarm(ctx);
    }

    /// Sets the alarm for the earliest deadline, unless it rings early enough already.
    pub(super) fn set_alarm(&mut self, ctx: &mut Context<Self>) {
        let earliest = self.shared.deadlines.borrow().earliest();
        let Some(at) = earliest else { return };
        if self.shared.armed_for.get().is_some_and(|armed| armed <= at) {
            return;
        }
        if let Some(alarm) = self.alarm.take() {
            alarm.abort();
        }
        self.shared.armed_for.set(Some(at));
        let now = self.shared.read_clock();
        let remaining = at.since(self.shared.never_put_back(now.wall));
        if remaining.is_zero() {
            ctx.address().do_send(ShardNote::DeadlinePassed);
        } else {
            // By either clock: if the wall clock is put back meanwhile, the time that is left
            // counts.
            let at = now.after(remaining);
            self.alarm = Some(self.note_at(at, ShardNote::DeadlinePassed, ctx));
        }
    }
}
