//! What a transition causes, carried out once it is durable.

use std::{mem, rc::Rc};

use actix::Addr;
use bytes::Bytes;

use crate::{
    actor::{
        Reply, Shard, UpdateAnswer, UpdateStand,
        execution::{attempts::Permits, flight::Flight, update::unfinished},
        message::Reach,
        pipeline::Fate,
        port::{AttemptKey, Permit, StartedAttempt, WaitingKey},
        service::{Shared, send_reply},
        shard::ShardNote,
    },
    machine::execution::Effect,
    model::{EventAttributes, RunId, event::update::Outcome},
};

/// What is done once a transition is durable.
pub(super) struct Aftermath {
    pub(super) shared: Rc<Shared>,
    pub(super) shard: Rc<Addr<Shard>>,
    pub(super) flight: Rc<Flight>,
    pub(super) run_id: RunId,
    pub(super) effects: Vec<Effect>,
    pub(super) permits: Permits,
    /// Boxed, because most transitions close nothing.
    pub(super) close: Option<Box<EventAttributes>>,
    /// The run that follows, if one does.
    pub(super) successor: Option<RunId>,
    /// Durability: what has been put away is not deleted before the record that names it is on disk.
    pub(super) _held: Vec<Bytes>,
}

impl Aftermath {
    /// Answers those who wait for the close; who waits for the chain goes on with the next run.
    fn tell_close(&self, fate: &Fate) {
        let waiters = self.shared.take_close_waiters(self.run_id);
        let Some(close) = &self.close else { return };
        for waiter in waiters {
            match self.successor {
                // Invariant: the next run's start is in the same commit, and its close in a later one.
                Some(next) if waiter.reach == Reach::Chain => {
                    self.shared.await_close(next, waiter);
                }
                _ => send_reply(waiter.reply, Ok(EventAttributes::clone(close)), fate),
            }
        }
    }

    pub(super) fn release(mut self, fate: &Fate) {
        if let Fate::Durable = fate {
            let mut permits = mem::take(&mut self.permits).into_iter();
            for effect in mem::take(&mut self.effects) {
                self.carry_out(effect, &mut permits, fate);
            }
        }
        self.flight.end();
    }

    fn carry_out(&self, effect: Effect, permits: &mut impl Iterator<Item = Permit>, fate: &Fate) {
        let activities = &self.shared.activities;
        let run_id = self.run_id;
        match effect {
            Effect::RunActivity(task) => {
                // Invariant: a step takes a slot for each attempt that it starts, in that order.
                if let Some(permit) = permits.next() {
                    activities.run(StartedAttempt { task, permit });
                }
            }
            Effect::CancelActivity {
                scheduled_event_id,
                attempt,
            } => {
                activities.cancel(AttemptKey {
                    run_id,
                    scheduled_event_id,
                    attempt,
                });
            }
            Effect::PauseActivity {
                scheduled_event_id,
                attempt,
            } => {
                activities.pause(AttemptKey {
                    run_id,
                    scheduled_event_id,
                    attempt,
                });
            }
            Effect::ControlActivity {
                scheduled_event_id,
                attempt,
                position,
                message,
            } => {
                let key = AttemptKey {
                    run_id,
                    scheduled_event_id,
                    attempt,
                };
                activities.control(key, position, &[message]);
            }
            Effect::AbandonActivity {
                scheduled_event_id,
                attempt,
            } => {
                activities.abandon(AttemptKey {
                    run_id,
                    scheduled_event_id,
                    attempt,
                });
            }
            Effect::WithdrawActivity { scheduled_event_id } => {
                activities.withdraw(WaitingKey {
                    run_id,
                    scheduled_event_id,
                });
            }
            Effect::CompleteUpdate { update_id, outcome } => {
                let waiters = self.shared.take_update_waiters(run_id, &update_id);
                answer_all(waiters, run_id, outcome, fate);
            }
            Effect::Closed => {
                activities.withdraw_run(run_id);
                // Nothing is left of it that could break, and whoever is told so may look.
                self.shared.quarantine.release(run_id);
                let unfinished_updates = self.shared.take_all_update_waiters(run_id);
                answer_all(unfinished_updates, run_id, unfinished(), fate);
                self.tell_close(fate);
                self.shard.do_send(ShardNote::Closed(run_id));
            }
        }
    }
}

/// Tells those who wait for an update what came of it.
fn answer_all(waiters: Vec<Reply<UpdateAnswer>>, run_id: RunId, outcome: Outcome, fate: &Fate) {
    let answer = UpdateAnswer {
        run_id,
        stand: UpdateStand::Completed(outcome),
    };
    for reply in waiters {
        send_reply(reply, Ok(answer.clone()), fate);
    }
}
