//! Resetting a run: the latest run of an execution ends, and another one goes on from a point of its
//! history, in one commit.
//!
//! Meanwhile all other mail for the execution is held back, as where a run is replaced.

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        Refusal, Reply,
        message::{ExecutionMail, Target},
        replacement::ReplacementTurn,
        reset::RunReset,
        shard::Shard,
    },
    machine::execution::decide::ResetRun,
    model::RunId,
};

impl Shard {
    /// Has the run that is meant reset.
    pub(super) fn reset(
        &mut self,
        target: Target,
        request: ResetRun,
        reply: Reply<RunId>,
        ctx: &mut Context<Self>,
    ) {
        let runs = request
            .check()
            .map_err(Refusal::from)
            .and_then(|()| self.resolve(&target))
            .and_then(|base| {
                Ok((
                    base,
                    self.resolve(&Target::latest(target.workflow_id.clone()))?,
                ))
            });
        let (base_run_id, latest) = match runs {
            Ok(runs) => runs,
            // The caller may have given up waiting.
            Err(refusal) => return drop(reply.send(Err(refusal))),
        };
        let workflow_id = target.workflow_id;
        self.replacing.entry(workflow_id.clone()).or_default();
        let reset = RunReset {
            base_run_id,
            new_run_id: self.run_ids.next(self.shared.now()),
            request,
            history: None,
            reply,
            turn: ReplacementTurn::new(ctx.address(), workflow_id),
        };
        // Only the latest run knows whether this is a repetition.
        self.deliver(latest, ExecutionMail::Reset(Box::new(reset)), ctx);
    }
}
