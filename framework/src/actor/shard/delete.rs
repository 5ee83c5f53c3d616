//! Deleting a run: its records, its entry in the index, and what the index says of its execution go
//! in one commit.
//!
//! A run that is open and can be read is terminated first, and deleted once its parent and its
//! children know of that. One that had closed before and whose messages have not arrived is refused.
//! One that is damaged is deleted as it is. While the deletion is written all other mail for the
//! execution is held back.

use std::rc::Rc;

use actix::{AsyncContext as _, Context};
use bytes::Bytes;
use futures::channel::oneshot;

use crate::{
    actor::{
        Outage, Refusal, Reply,
        execution::check_readable,
        message::{ExecutionMail, ExecutionRequest, Reach, ShardMail, Target},
        pipeline::Fate,
        replacement::ReplacementTurn,
        residency::{Condition, Resident},
        service::send_reply,
        shard::{Shard, ShardNote},
    },
    machine::execution::{Rejection, decide::Terminate},
    metrics,
    model::{ExecutionStatus, Payloads, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{Commit, CommitPart, IndexChange, RunEntry, StorageErrorKind},
};

impl Shard {
    /// Deletes the run that is meant.
    pub(super) fn delete(&mut self, target: Target, reply: Reply<()>, ctx: &mut Context<Self>) {
        let run_id = match self.resolve(&target) {
            Ok(run_id) => run_id,
            // The caller may have given up waiting.
            Err(refusal) => return drop(reply.send(Err(refusal))),
        };
        let is_live = self
            .residency
            .get(run_id)
            .is_some_and(|resident| matches!(resident.condition, Condition::Live(_)));
        if is_live {
            if self.is_open(run_id) {
                return self.end_and_delete(target, run_id, reply, ctx);
            }
            if self.has_work(run_id) {
                return drop(reply.send(Err(Refusal::StillOpen { run_id })));
            }
            self.evict(run_id);
        }
        let execution = WorkflowExecution {
            workflow_id: target.workflow_id,
            run_id,
        };
        self.deliver(run_id, ExecutionMail::Delete(execution, reply), ctx);
    }

    /// Ends a run, and deletes it then.
    fn end_and_delete(
        &mut self,
        target: Target,
        run_id: RunId,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        let (done, ended) = oneshot::channel();
        let message = Terminate {
            reason: "it is deleted".to_owned(),
            details: Payloads::default(),
            identity: self.shared.services.identity.clone(),
        };
        let request = ExecutionRequest::Terminate(message, done);
        self.deliver(run_id, ExecutionMail::Request(request, Reach::Run), ctx);
        let (shard, dropped) = (ctx.address(), Refusal::Unknown(Outage::Dropped));
        let target = Target {
            run_id: Some(run_id),
            reach: Reach::Run,
            ..target
        };
        actix::spawn(async move {
            match ended.await.unwrap_or(Err(dropped)) {
                // What has followed it meanwhile is not what was to be deleted. It may also have closed by
                // itself. Bound: one note for each such request.
                Ok(()) | Err(Refusal::Rejected(Rejection::AlreadyClosed { .. })) => {
                    shard.do_send(ShardNote::Delete(target, reply));
                }
                // The caller may have given up waiting.
                Err(refusal) => drop(reply.send(Err(refusal))),
            }
        });
    }

    /// Goes on with the deletion of a run that has been ended.
    pub(super) fn delete_ended(
        &mut self,
        target: Target,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        if let Some(refusal) = self.refusal() {
            // The caller may have given up waiting.
            return drop(reply.send(Err(refusal)));
        }
        let entry = target.run_id.map(|run_id| self.entry(run_id));
        let Some(Ok(Some(entry))) = entry else {
            // Somebody has deleted it, or it cannot be read: that is told as always.
            return self.delete(target, reply, ctx);
        };
        let is_last = entry.new_execution_run_id.is_none() || target.reach == Reach::Run;
        if is_last && entry.has_messages {
            let waiting = self.ended.entry(entry.execution.run_id).or_default();
            return waiting.push((target, reply));
        }
        self.delete(target, reply, ctx);
    }

    /// Deletes a run that has nothing to say any more, if somebody waits for that.
    pub(super) fn delete_waiting(&mut self, run_id: RunId, ctx: &mut Context<Self>) {
        for (target, reply) in self.ended.remove(&run_id).unwrap_or_default() {
            self.delete(target, reply, ctx);
        }
    }

    /// Whether nothing is known of a run that was there.
    fn is_deleted(&self, run_id: RunId) -> bool {
        matches!(self.entry(run_id), Ok(None))
    }

    /// Passes on what has waited until a run had left memory, which may have been deleted meanwhile.
    pub(super) fn evicted(&mut self, run_id: RunId, ctx: &mut Context<Self>) {
        let closed = self.residency.get(run_id).and_then(closed_execution);
        let waiting = self.residency.remove(run_id);
        metrics::observe(metrics::EVICTED, || 1.0);
        match closed {
            Some(workflow_id) if self.is_deleted(run_id) => {
                for mail in waiting {
                    self.deliver_to_deleted(run_id, &workflow_id, mail, ctx);
                }
            }
            _ => self.redeliver(run_id, waiting, ctx),
        }
        self.wake_next(ctx);
        self.stop_if_empty();
    }

    fn deliver_to_deleted(
        &mut self,
        run_id: RunId,
        workflow_id: &WorkflowId,
        mail: ExecutionMail,
        ctx: &mut Context<Self>,
    ) {
        match mail {
            ExecutionMail::Request(request, _) => {
                self.request_of_heir(workflow_id.clone(), request, ctx);
            }
            mail => self.deliver(run_id, mail, ctx),
        }
    }

    /// Refuses the deletions that wait for what ended runs have to say.
    pub(super) fn refuse_ended(&mut self) {
        for (_, reply) in std::mem::take(&mut self.ended).into_values().flatten() {
            let refusal = Refusal::Unavailable(Outage::ShuttingDown);
            // The caller may have given up waiting.
            let _gone = reply.send(Err(refusal));
        }
    }

    /// Deletes a run that is not in memory.
    pub(super) fn delete_stored(
        &mut self,
        execution: WorkflowExecution,
        entry: &RunEntry,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        let run_id = execution.run_id;
        if entry.has_work() && entry.damage.is_none() {
            let refusal = match check_readable(&*self.shared.services.store, run_id) {
                Ok(()) if entry.status.is_open() => {
                    let target = Target {
                        workflow_id: execution.workflow_id,
                        run_id: Some(run_id),
                        reach: Reach::Chain,
                    };
                    return self.end_and_delete(target, run_id, reply, ctx);
                }
                Ok(()) => Some(Refusal::StillOpen { run_id }),
                Err(error) if error.kind() == StorageErrorKind::Corrupt => None,
                Err(error) => Some(Refusal::unreadable(&error)),
            };
            if let Some(refusal) = refusal {
                // The caller may have given up waiting.
                return drop(reply.send(Err(refusal)));
            }
        }
        self.forget_stored(execution, reply, ctx);
    }

    fn forget_stored(
        &mut self,
        execution: WorkflowExecution,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        let WorkflowExecution {
            workflow_id,
            run_id,
        } = execution.clone();
        if let Some(waiting) = self.replacing.get_mut(&workflow_id) {
            // Its execution gets another run meanwhile.
            let target = Target::run(execution);
            return waiting.push_back(ShardMail::Delete(target, reply));
        }
        self.replacing.entry(workflow_id.clone()).or_default();
        let turn = ReplacementTurn::new(ctx.address(), workflow_id.clone());
        self.shared.set_deadline(run_id, None);
        self.drop_postponed(run_id);
        let (shared, shard) = (Rc::clone(&self.shared), ctx.address());
        let release = move |fate: &Fate| {
            if let Fate::Durable = fate {
                shared.activities.withdraw_run(run_id);
                shared.quarantine.release(run_id);
                shared.told_problems.borrow_mut().forget(run_id);
                shared.services.troubles.forget(run_id);
                for waiter in shared.take_close_waiters(run_id) {
                    let workflow_id = workflow_id.clone();
                    // The caller may have given up waiting.
                    let _gone = waiter.reply.send(Err(Refusal::NotFound { workflow_id }));
                }
                // Bound: one note for each run that is deleted.
                shard.do_send(ShardNote::Closed(run_id));
            }
            send_reply(reply, Ok(()), fate);
            drop(turn);
        };
        self.shared
            .submit(deletion(execution, run_id), Box::new(release));
    }
}

/// The id of a run that has closed; `None` while it has not, or if its start was refused.
fn closed_execution(resident: &Resident) -> Option<WorkflowId> {
    let entry = resident.summary.entry.borrow();
    let has_closed = !entry.status.is_open() && entry.status != ExecutionStatus::Unspecified;
    has_closed.then(|| entry.execution.workflow_id.clone())
}

fn deletion(execution: WorkflowExecution, run_id: RunId) -> Commit {
    Commit::new(CommitPart {
        run_id,
        number: RecordNumber::NONE,
        record: Bytes::new(),
        index: Some(IndexChange::Deleted(execution)),
        payloads: Vec::new(),
    })
}
