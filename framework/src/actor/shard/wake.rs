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
}

/// Bound: executions woken before other mail gets its turn.
const WAKE_MAX: usize = 64;

impl Shard {
    /// Plans when each run is loaded: those with something to do at once, oldest first, and the
    /// others when a message or a deadline reaches them.
    pub(super) fn plan_recovery(&self, recovered: Vec<RecoveredRun>) {
        for RecoveredRun { run_id, wake } in recovered {
            let at = if wake.at_once {
                Some(Timestamp::EPOCH)
            } else {
                wake.deadline
            };
            self.shared.set_deadline(run_id, at);
        }
    }

    /// Wakes the executions whose deadlines have passed.
    pub(super) fn wake_due(&mut self, ctx: &mut Context<Self>) {
        self.shared.armed_for.set(None);
        let now = self.shared.services.clock.now();
        for _ in 0..WAKE_MAX {
            let due = self.shared.deadlines.borrow_mut().take_due(now);
            match due {
                Some(run_id) => self.deliver(run_id, ExecutionMail::Wake, ctx),
                None => break,
            }
        }
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
        if at <= self.shared.services.clock.now() {
            ctx.address().do_send(ShardNote::DeadlinePassed);
        } else {
            self.alarm = Some(self.note_at(at, ShardNote::DeadlinePassed, ctx));
        }
    }
}
