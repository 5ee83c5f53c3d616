//! The run that follows one which has just closed: begun in the step that closes it, and committed
//! together with that.
//!
//! The run that closes begins the next one, because only it knows how. The shard takes the next one
//! in before it deals with anything else, so to everybody an execution has an open run all along.
//! The program of the new run is left to a step of its own: a program that continues as new at once
//! would otherwise never come to an end.

use std::rc::Rc;

use actix::Context;

use crate::{
    actor::{
        execution::{
            Execution,
            attempts::SlotAtHand,
            step::{Prepared, StepKind},
        },
        message::ExecutionMail,
        pipeline::Ticket,
        service::Arrived,
        shard::ShardNote,
    },
    machine::execution::{Draft, decide},
    model::{RunId, WorkflowExecution, event::workflow_execution},
    storage::StorageError,
};

/// A run that has been begun, and whose start is not handed to the committer yet.
pub(super) struct Newborn {
    execution: Execution,
    context: Context<Execution>,
}

impl Execution {
    /// The run that follows this one, if it has closed and one does, or that goes on from it after a
    /// reset.
    pub(super) fn successor(&self) -> Option<RunId> {
        let close = self.state.close()?;
        close
            .new_execution_run_id()
            .or_else(|| self.state.reset_to())
    }

    /// Begins the run that follows this one, and writes nothing of it.
    pub(super) fn begin_next(
        &self,
        started: &workflow_execution::Started,
    ) -> Result<Option<(Newborn, Prepared)>, StorageError> {
        let execution = WorkflowExecution {
            workflow_id: started.workflow_id.clone(),
            run_id: started.lineage.original_execution_run_id,
        };
        let begins = started.clone();
        let begun = self.begin_run(execution, started, |draft| decide::succeed(draft, begins));
        Ok(begun?.1)
    }

    /// Begins a run that follows this one, and writes nothing of it.
    pub(super) fn begin_run<R>(
        &self,
        execution: WorkflowExecution,
        started: &workflow_execution::Started,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<(R, Option<(Newborn, Prepared)>), StorageError> {
        let context = Context::new();
        let entry = self.shared.entry_of_successor(execution, started);
        let shared = Rc::clone(&self.shared);
        let mut execution = Self::begin(shared, (*self.shard).clone(), entry);
        let (answer, prepared) = execution.prepare_step(
            &context,
            SlotAtHand::Nothing,
            StepKind::WithoutProgram,
            decide,
        )?;
        // What it has taken over from another run counts from times before the clock was set.
        execution.clock_steps = None;
        let newborn = Newborn { execution, context };
        Ok((answer, prepared.map(|prepared| (newborn, prepared))))
    }
}

impl Newborn {
    /// Lets the run go on, whose start has this ticket.
    pub(super) fn live(self, ticket: Ticket) {
        let Self { execution, context } = self;
        execution.summary.ticket.set(ticket);
        let shared = Rc::clone(&execution.shared);
        let shard = Rc::clone(&execution.shard);
        let summary = execution.summary();
        let address = context.run(execution);
        // Bound: one of each run that is begun. What is due in it comes with its first step.
        address.do_send(ExecutionMail::Wake);
        shared.announce(Arrived { summary, address });
        shard.do_send(ShardNote::RunArrived);
    }
}
