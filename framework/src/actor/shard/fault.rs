//! Executions that break: rebuilt after a backoff, or set aside.

use actix::{AsyncContext as _, Context};
use futures::channel::oneshot;

use crate::{
    actor::{
        Refusal, UserCode, Watched,
        message::{ExecutionMail, StartRequest, Target},
        pipeline::Fate,
        shard::{Shard, ShardNote},
        watch::UnwrittenStart,
    },
    machine::execution::decide::{Inheritance, SignalMessage},
    model::{RunId, StartOptions},
    supervision::Verdict,
};

impl Shard {
    /// Decides what becomes of an execution whose actor can no longer be trusted.
    pub(super) fn broken(&mut self, run_id: RunId, cause: &str, ctx: &mut Context<Self>) {
        let verdict = self.judge(run_id, cause);
        // The address goes, and with it the actor, once it has sent back the mail it did not take.
        self.residency.break_down(run_id);
        match verdict {
            Verdict::Rebuild { after } => {
                // Durability: what the broken actor decided has to be on disk before it is read.
                let submitted = self.shared.pipeline.borrow().submitted();
                let sleep = self.shared.services.clock.sleep(after);
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
                    self.refuse(run_id, mail, Refusal::Quarantined { cause });
                }
            }
        }
    }

    /// Decides what becomes of an execution that cannot be loaded although something is due in it.
    pub(super) fn load_later(&mut self, run_id: RunId, cause: &str, ctx: &mut Context<Self>) {
        match self.judge(run_id, cause) {
            Verdict::Rebuild { after } => {
                let at = self.shared.now().after(after);
                // Somebody may load it in the meantime, and then it has an actor already.
                self.shared.set_deadline(run_id, Some(at));
                self.set_alarm(ctx);
            }
            Verdict::Quarantine => {
                self.set_aside(run_id, cause.to_owned());
                self.drop_postponed(run_id);
            }
        }
    }

    fn judge(&mut self, run_id: RunId, cause: &str) -> Verdict {
        let now = self.shared.services.clock.read().monotonic;
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
        if !self.release(run_id) {
            return Err(Refusal::NotQuarantined { run_id });
        }
        self.faults.remove(&run_id);
        self.evict(run_id);
        self.deliver(run_id, ExecutionMail::Wake, ctx);
        self.unpark(run_id);
        Ok(())
    }

    /// Leaves a run alone whose code never came back, because another attempt would cost another
    /// thread, and fails its workflow task if it was in one.
    pub(super) fn give_up(&mut self, stuck: Watched, cause: String, ctx: &mut Context<Self>) {
        let run_id = stuck.run_id;
        self.set_aside(run_id, cause.clone());
        if stuck.code != UserCode::WorkflowTask {
            return;
        }
        if let Some(started) = stuck.started {
            // The thread was lost before the start could become durable.
            self.start_unwritten(run_id, *started, ctx);
        }
        self.deliver(run_id, ExecutionMail::FailWorkflowTask(cause), ctx);
    }

    /// Starts a run whose first start never became durable, under its own run id.
    fn start_unwritten(
        &mut self,
        run_id: RunId,
        unwritten: UnwrittenStart,
        ctx: &mut Context<Self>,
    ) {
        let UnwrittenStart {
            started,
            signal,
            replaces,
        } = unwritten;
        let lineage = *started.lineage;
        let parent = lineage.parent().map(Box::new);
        let inheritance = Inheritance {
            last_completion_result: lineage.last_completion_result,
            continued_failure: lineage.continued_failure,
        };
        let request = StartRequest {
            workflow_id: started.workflow_id,
            workflow_type: started.workflow_type,
            input: started.input,
            options: StartOptions {
                task_queue: started.task_queue,
                execution_timeout: started.workflow_execution_timeout,
                run_timeout: started.workflow_run_timeout,
                task_timeout: started.workflow_task_timeout,
                retry: started.retry_policy.map(|policy| *policy),
                cron: started.cron_schedule,
                memo: started.memo,
                search_attributes: started.search_attributes,
                user_metadata: started.user_metadata.map(|it| *it).unwrap_or_default(),
                header: lineage.header,
                priority: lineage.priority.map(|it| *it).unwrap_or_default(),
                ..StartOptions::default()
            },
            request_id: started.request_id,
            identity: started.identity,
            signal: signal.map(SignalMessage::from),
            update: None,
            inheritance: Some(Box::new(inheritance)),
        };
        // Nobody waits for the answer any more: the caller was told that the outcome is not known.
        let (reply, _) = oneshot::channel();
        let mut start = Box::new(request.into_start(run_id, &self.shared.services.namespaces));
        start.parent = parent;
        match replaces.filter(|replaced| self.is_open(*replaced)) {
            Some(replaced) => self.replace(replaced, start, reply, ctx),
            None => self.start_run(start, reply, ctx),
        }
    }
}
