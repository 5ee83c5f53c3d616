//! A start that ends the open run of its execution, on its way to that run.

use actix::Addr;
use derive_more::Debug;

use crate::{
    actor::{
        Reply,
        execution::Execution,
        message::Started,
        shard::{Shard, ShardNote},
    },
    machine::execution::decide::Start,
    model::WorkflowId,
};

/// A start that ends the open run of its execution.
#[derive(Debug)]
pub(super) struct Replacement {
    /// The start of the new run, which has been checked.
    pub(super) start: Box<Start>,
    /// Why the program of the new run is left alone, if it is.
    pub(super) left_alone: Option<String>,
    /// Who waits for the answer.
    #[debug(skip)]
    pub(super) reply: Reply<Started>,
    /// What holds back everything else that concerns the execution.
    pub(super) turn: ReplacementTurn,
}

/// While it lives, the shard deals with nothing else that concerns the execution.
///
/// The shard learns of its end whatever becomes of the replacement, so that nobody waits for ever.
#[derive(Debug)]
pub(super) struct ReplacementTurn {
    #[debug(skip)]
    shard: Addr<Shard>,
    outcome: ReplacementOutcome,
}

/// What became of a replacement.
#[derive(Debug)]
pub(super) struct ReplacementOutcome {
    /// The execution.
    pub(super) workflow_id: WorkflowId,
    /// The new run, if it has been started.
    #[debug(skip)]
    pub(super) successor: Option<Addr<Execution>>,
    /// The start, if it has to be decided upon again.
    #[debug(skip)]
    pub(super) again: Option<(Box<Start>, Reply<Started>)>,
}

impl ReplacementTurn {
    pub(super) fn new(shard: Addr<Shard>, workflow_id: WorkflowId) -> Self {
        let outcome = ReplacementOutcome {
            workflow_id,
            successor: None,
            again: None,
        };
        Self { shard, outcome }
    }

    /// Says that the new run has been started.
    pub(super) fn started(&mut self, successor: Addr<Execution>) {
        self.outcome.successor = Some(successor);
    }

    /// Has the shard decide on the start again.
    pub(super) fn decide_again(&mut self, start: Box<Start>, reply: Reply<Started>) {
        self.outcome.again = Some((start, reply));
    }
}

impl Drop for ReplacementTurn {
    fn drop(&mut self) {
        let outcome = ReplacementOutcome {
            workflow_id: self.outcome.workflow_id.clone(),
            successor: self.outcome.successor.take(),
            again: self.outcome.again.take(),
        };
        // Bound: one note for each replacement.
        self.shard.do_send(ShardNote::Replaced(Box::new(outcome)));
    }
}
