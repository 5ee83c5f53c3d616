//! Giving way to a new run of the same execution: the end of one run and the start of the next are
//! one commit.
//!
//! The run that gives way carries out both, because only it may change its state. The shard holds
//! back whatever else concerns the execution until that is done.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use actix::Context;

use crate::{
    actor::{
        Outage, Refusal,
        execution::{
            Execution,
            attempts::SlotAtHand,
            step::{Prepared, StepKind},
        },
        message::Started,
        replacement::Replacement,
    },
    machine::execution::{
        Rejection, SERVICE,
        decide::{self, Start, Terminate},
    },
    model::{Identity, Payloads, RunId},
    panic::panic_text,
    storage::StorageError,
};

/// The reason given to a run that a new one replaces.
const REPLACED: &str = "TerminateIfRunning WorkflowIdReusePolicy";

/// A run that has been started and not been written.
struct Successor {
    execution: Execution,
    context: Context<Execution>,
    start: Prepared,
}

impl Execution {
    /// Ends this run and starts the next one of its execution, or does neither.
    pub(super) fn replace(
        &mut self,
        replacement: Replacement,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let Replacement {
            start,
            left_alone,
            reply,
            mut turn,
        } = replacement;
        let run_id = start.execution.run_id;
        if !self.state.status().is_open() {
            // It has closed meanwhile, so the policies for closed runs decide.
            turn.decide_again(start, reply);
            return Ok(());
        }
        let successor = match self.try_begin_successor(*start, left_alone) {
            Ok(successor) => successor,
            Err(refusal) => {
                // This run goes on as if nobody had asked, and the new one has never been.
                self.shared.set_deadline(run_id, None);
                // The caller may have given up waiting.
                let _gone = reply.send(Err(refusal));
                return Ok(());
            }
        };
        let terminate = Terminate {
            reason: REPLACED.to_owned(),
            details: replaced_by(run_id),
            // Not whoever asked for the start.
            identity: Identity::new(SERVICE),
        };
        let lost = self.lost.clone();
        let (ended, end) = self.prepare_step(
            ctx,
            SlotAtHand::Nothing,
            StepKind::WithoutProgram,
            |draft| decide::terminate_damaged(draft, terminate, &lost),
        )?;
        let (Ok(()), Some(end)) = (ended, end) else {
            // Invariant: the run is open, and nothing else refuses this termination.
            self.shared.set_deadline(run_id, None);
            let _gone = reply.send(Err(not_done()));
            return Ok(());
        };
        let Successor {
            mut execution,
            context,
            start,
        } = successor;
        let update = execution.take_update_of_start();
        // The first workflow task of the new run may have had it followed by another.
        let ticket = self.submit(end.and(start));
        execution.note_submitted(ticket);
        if mem::take(&mut self.resends) {
            self.send_messages();
        }
        let started = Started {
            run_id,
            is_new: true,
            update,
        };
        execution.reply(reply, Ok(started));
        self.shared.leave_summary(execution.summary());
        turn.started(context.run(execution));
        Ok(())
    }

    /// The same, where a panic is a refusal, too: it says nothing about this run.
    fn try_begin_successor(
        &self,
        start: Start,
        left_alone: Option<String>,
    ) -> Result<Successor, Refusal> {
        let begin = AssertUnwindSafe(|| self.begin_successor(start, left_alone));
        catch_unwind(begin).unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(&*panic), "starting a run panicked");
            Err(not_done())
        })
    }

    /// Starts the next run, and writes nothing of it.
    fn begin_successor(
        &self,
        start: Start,
        left_alone: Option<String>,
    ) -> Result<Successor, Refusal> {
        let context = Context::new();
        let shared = Rc::clone(&self.shared);
        let entry = self.shared.new_entry(&start);
        let mut execution = Self::begin(shared, (*self.shard).clone(), entry);
        execution.replaces = Some(self.run_id());
        if let Some(cause) = left_alone {
            execution.leave_alone(cause);
        }
        execution.expect_update(&start);
        let (started, prepared) = execution
            .prepare_step(&context, SlotAtHand::Nothing, StepKind::Whole, |draft| {
                decide::start(draft, start)
            })
            .map_err(|error| Refusal::unreadable(&error))?;
        started?;
        let start = prepared.ok_or(Rejection::NotStarted)?;
        Ok(Successor {
            execution,
            context,
            start,
        })
    }
}

/// The refusal of a start that broke before anything was decided.
fn not_done() -> Refusal {
    Refusal::Unavailable(Outage::Dropped)
}

/// What a terminated run says about the run that replaced it.
fn replaced_by(run_id: RunId) -> Payloads {
    let text = format!("terminated by new runID: {run_id}");
    // Invariant: a text always becomes a payload.
    Payloads::encode(&text).unwrap_or_default()
}
