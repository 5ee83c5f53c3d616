//! Deleting a run: its records, its entry in the index, and what the index says of its execution go
//! in one commit.
//!
//! A run that is open and can be read is not deleted: it is terminated first. Neither is one that
//! has closed and whose messages have not arrived. One that is damaged is
//! deleted as it is. Meanwhile all other mail for the execution is held back.

use std::rc::Rc;

use actix::{AsyncContext as _, Context};
use bytes::Bytes;

use crate::{
    actor::{
        Refusal, Reply,
        execution::check_readable,
        message::{ExecutionMail, Reach, ShardMail, Target},
        pipeline::Fate,
        replacement::ReplacementTurn,
        residency::Condition,
        service::send_reply,
        shard::{Shard, ShardNote},
    },
    model::{RecordNumber, RunId, WorkflowExecution},
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
            let target = Target {
                workflow_id,
                run_id: Some(run_id),
                reach: Reach::Run,
            };
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

fn deletion(execution: WorkflowExecution, run_id: RunId) -> Commit {
    Commit::new(CommitPart {
        run_id,
        number: RecordNumber::NONE,
        record: Bytes::new(),
        index: Some(IndexChange::Deleted(execution)),
    })
}
