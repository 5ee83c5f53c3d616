//! Replacing the open run of an execution by a new one.
//!
//! The open run ends itself and starts the new one, in one commit. Meanwhile all other mail for the
//! execution is held back, because nobody knows which run it will be for.

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        Reply,
        message::{ExecutionMail, ShardMail, Started},
        replacement::{Replacement, ReplacementOutcome, ReplacementTurn},
        shard::Shard,
    },
    machine::execution::decide::Start,
    model::RunId,
};

impl Shard {
    /// Has an open run give way to a new one, whose start has been checked and has its run id.
    pub(super) fn replace(
        &mut self,
        open: RunId,
        start: Box<Start>,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        let workflow_id = start.execution.workflow_id.clone();
        let replacement = Replacement {
            left_alone: self.shared.quarantine.cause(start.execution.run_id),
            start,
            reply,
            turn: ReplacementTurn::new(ctx.address(), workflow_id.clone()),
        };
        self.replacing.entry(workflow_id).or_default();
        self.deliver(open, ExecutionMail::Replace(Box::new(replacement)), ctx);
    }

    /// Holds mail back that concerns an execution whose run is being replaced; gives back all other
    /// mail.
    pub(super) fn hold_back(&mut self, mail: ShardMail) -> Option<ShardMail> {
        if self.replacing.is_empty() {
            return Some(mail);
        }
        let waiting = mail
            .workflow_id()
            .and_then(|workflow_id| self.replacing.get_mut(workflow_id));
        match waiting {
            // Bound: one mail of each caller, who waits for the answer.
            Some(waiting) => waiting.push_back(mail),
            None => return Some(mail),
        }
        None
    }

    /// Takes in the new run, if there is one, and deals with what was held back.
    pub(super) fn replaced(&mut self, outcome: ReplacementOutcome, ctx: &mut Context<Self>) {
        let ReplacementOutcome {
            workflow_id,
            successor,
            again,
        } = outcome;
        if let Some(address) = successor
            && let Some(summary) = self.shared.take_summary(&workflow_id)
        {
            let run_id = summary.entry.borrow().execution.run_id;
            self.residency.admit_new(run_id, summary, address);
            if self.is_stopping() {
                self.evict(run_id);
            }
            self.evict_surplus();
        }
        let waiting = self.replacing.remove(&workflow_id).unwrap_or_default();
        if let Some((start, reply)) = again {
            self.start_checked(start, reply, ctx);
        }
        for mail in waiting {
            // Held back again if the first of them replaces the run once more.
            self.receive(mail, ctx);
        }
        self.stop_if_empty();
    }
}
