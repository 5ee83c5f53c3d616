//! Executions that break: rebuilt after a backoff, or set aside.

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        Refusal,
        message::{ExecutionMail, Target},
        pipeline::Fate,
        shard::{Shard, ShardNote},
    },
    model::RunId,
    supervision::Verdict,
};

impl Shard {
    /// Decides what becomes of an execution whose actor can no longer be trusted.
    pub(super) fn broken(&mut self, run_id: RunId, cause: &str, ctx: &mut Context<Self>) {
        let verdict = self.judge(run_id, cause);
        // The address goes, and with it the actor, once it has sent back the mail it did not take.
        let _broken = self.residency.suspend(run_id);
        match verdict {
            Verdict::Rebuild { at } => {
                // Durability: what the broken actor decided has to be on disk before it is read.
                let submitted = self.shared.pipeline.borrow().submitted();
                let sleep = self.shared.services.clock.sleep_until(at);
                let address = ctx.address();
                self.shared.when_durable(submitted, move |_: &Fate| {
                    actix::spawn(async move {
                        sleep.await;
                        address.do_send(ShardNote::Rebuild(run_id));
                    });
                });
            }
            Verdict::Quarantine => {
                self.set_aside(run_id, cause.to_owned());
                for mail in self.residency.remove(run_id) {
                    let cause = cause.to_owned();
                    self.refuse(mail, Refusal::Quarantined { cause });
                }
            }
        }
    }

    /// Decides what becomes of an execution that cannot be loaded although something is due in it.
    pub(super) fn load_later(&mut self, run_id: RunId, cause: &str, ctx: &mut Context<Self>) {
        match self.judge(run_id, cause) {
            Verdict::Rebuild { at } => {
                // Somebody may load it in the meantime, and then it has an actor already.
                self.shared.set_deadline(run_id, Some(at));
                self.set_alarm(ctx);
            }
            Verdict::Quarantine => self.set_aside(run_id, cause.to_owned()),
        }
    }

    fn judge(&mut self, run_id: RunId, cause: &str) -> Verdict {
        let now = self.shared.services.clock.now();
        let before = self.faults.remove(&run_id).unwrap_or_default();
        let (faults, verdict) = self.restart_policy.decide(before, now);
        self.faults.insert(run_id, faults);
        tracing::error!(%run_id, cause, faults = faults.count, "an execution broke");
        verdict
    }

    /// Takes an execution back from quarantine and goes on with it.
    pub(super) fn resume(
        &mut self,
        target: &Target,
        ctx: &mut Context<Self>,
    ) -> Result<(), Refusal> {
        let run_id = self.resolve(target)?;
        if !self.quarantine.release(run_id) {
            return Err(Refusal::NotReady {
                reason: "it is not quarantined".to_owned(),
            });
        }
        self.faults.remove(&run_id);
        self.evict(run_id);
        self.deliver(run_id, ExecutionMail::Wake, ctx);
        Ok(())
    }

    /// Fails a workflow task that never came back, and leaves its run alone: another attempt would
    /// cost another thread.
    pub(super) fn give_up_task(&mut self, run_id: RunId, cause: String, ctx: &mut Context<Self>) {
        self.deliver(run_id, ExecutionMail::FailWorkflowTask(cause.clone()), ctx);
        self.evict(run_id);
        self.set_aside(run_id, cause);
    }
}
