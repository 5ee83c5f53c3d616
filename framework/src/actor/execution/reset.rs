//! Being reset: this run ends, and another one goes on from a point of its history, in one commit.
//!
//! The history is read from the store, so what is on its way there has to arrive first. The run goes on
//! meanwhile; what it records is kept at hand, so that it need not come to rest.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use actix::Context;

use crate::{
    actor::{
        Outage, Refusal,
        execution::{
            Execution,
            attempts::SlotAtHand,
            load,
            newborn::Newborn,
            request::refuse_broken,
            step::{Prepared, StepKind},
        },
        message::ExecutionMail,
        pipeline::Fate,
        reset::RunReset,
        shard::ShardNote,
    },
    machine::execution::decide::{self, Fork, ResetRun},
    model::{EventAttributes, EventId, HistoryEvent, RunId, WorkflowExecution, transition::Reset},
    panic::panic_text,
    storage::StorageError,
};

/// A run that goes on from this one, and is not written.
struct Successor {
    newborn: Newborn,
    start: Prepared,
    /// The last event that it has kept.
    kept: EventId,
}

impl Execution {
    /// Ends this run and begins the one that goes on from it, or does neither.
    pub(super) fn reset(
        &mut self,
        mut reset: Box<RunReset>,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        if self.state.reset_request_id() == Some(&reset.request.request_id) {
            // It is this run that the request has begun.
            self.reply(reset.reply, Ok(self.run_id()));
            return Ok(());
        }
        if let Some(refusal) = self.why_no_reset(reset.base_run_id) {
            self.recorded = None;
            self.reply(reset.reply, Err(refusal));
            return Ok(());
        }
        let history = match (reset.history.take(), self.recorded.take()) {
            (Some(read), Some(recorded)) => read.map(|mut history| {
                history.extend(recorded);
                history
            }),
            // Also where the run has left memory since, and with it what it has recorded.
            _ if self.flight.is_under_way() => {
                self.read_for_reset(reset);
                return Ok(());
            }
            _ => self.stored_history(),
        };
        let begun = history
            .and_then(|history| self.try_begin_fork(reset.new_run_id, &reset.request, history));
        let successor = match begun {
            Ok(successor) => successor,
            Err(refusal) => {
                // This run goes on as if nobody had asked, and the new one has never been.
                self.shared.set_deadline(reset.new_run_id, None);
                self.reply(reset.reply, Err(refusal));
                return Ok(());
            }
        };
        self.give_way(successor, *reset, ctx)
    }

    fn why_no_reset(&self, base_run_id: RunId) -> Option<Refusal> {
        // Its history may have been read meanwhile, and the run may have closed and been followed.
        let followed_by = (base_run_id != self.run_id()).then(|| self.run_id());
        if let Some(run_id) = followed_by.or_else(|| self.successor()) {
            return Some(Refusal::Followed { run_id });
        }
        let lost = self.state.lost_records().first()?;
        let cause = lost.cause.clone();
        Some(Refusal::Damaged { cause })
    }

    fn stored_history(&self) -> Result<Vec<HistoryEvent>, Refusal> {
        let (store, last) = (&*self.shared.services.store, self.state.last_record());
        let read = load::read_history(store, self.run_id(), last, &[]);
        read.map_err(|error| Refusal::unreadable(&error))
    }

    /// Reads the history up to here, and comes back with it; takes down what is recorded meanwhile.
    fn read_for_reset(&mut self, mut reset: Box<RunReset>) {
        self.recorded = Some(Vec::new());
        let (run_id, last) = (self.run_id(), self.state.last_record());
        let (store, shard) = (self.shared.services.store.clone(), self.shard.clone());
        self.shared
            .when_durable(self.summary.ticket.get(), move |fate: &Fate| {
                reset.history = Some(match fate {
                    Fate::Durable => load::read_history(&*store, run_id, last, &[])
                        .map_err(|error| Refusal::unreadable(&error)),
                    Fate::Failed(reason) => Err(Refusal::store_failed(reason)),
                });
                // It goes by way of the shard, because this run may leave memory at the same moment.
                let mail = ExecutionMail::Reset(reset);
                shard.do_send(ShardNote::Returned { run_id, mail });
            });
    }

    /// Begins the run that goes on, where a panic is a refusal, too: it says nothing about this run.
    fn try_begin_fork(
        &self,
        new_run_id: RunId,
        request: &ResetRun,
        history: Vec<HistoryEvent>,
    ) -> Result<Successor, Refusal> {
        let begin = AssertUnwindSafe(|| self.begin_fork(new_run_id, request, history));
        catch_unwind(begin).unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(&*panic), "resetting a run panicked");
            Err(Refusal::Unavailable(Outage::Dropped))
        })
    }

    /// Begins the run that goes on, and writes nothing of it.
    fn begin_fork(
        &self,
        new_run_id: RunId,
        request: &ResetRun,
        mut history: Vec<HistoryEvent>,
    ) -> Result<Successor, Refusal> {
        let kept = decide::reset_point(&history, &request.point)?;
        let cut = history.partition_point(|event| event.id <= kept);
        let later = history.split_off(cut).into_iter();
        let later = later.map(|event| event.attributes);
        let Some(EventAttributes::WorkflowExecutionStarted(started)) =
            history.first().map(|event| event.attributes.clone())
        else {
            // Invariant: a history that can be cut begins with its start.
            return Err(Refusal::Unavailable(Outage::Dropped));
        };
        let fork = Fork {
            base_run_id: self.run_id(),
            kept: history,
            origins: self.state.origins_up_to(kept),
            later: later.chain(self.state.buffered_events().cloned()).collect(),
            reapplied: request.reapplied,
            reason: request.reason.clone(),
            request_id: request.request_id.clone(),
        };
        let execution = WorkflowExecution {
            workflow_id: started.workflow_id.clone(),
            run_id: new_run_id,
        };
        let begun = self.begin_run(execution, &started, |draft| decide::fork(draft, fork));
        let (forked, begun) = begun.map_err(|error| Refusal::unreadable(&error))?;
        forked?;
        // Invariant: what is forked has entries.
        let (newborn, start) = begun.ok_or(Refusal::Unavailable(Outage::Dropped))?;
        Ok(Successor {
            newborn,
            start,
            kept,
        })
    }

    /// Ends this run, and has that committed together with the beginning of the other one.
    fn give_way(
        &mut self,
        successor: Successor,
        reset: RunReset,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        let RunReset {
            new_run_id,
            request,
            reply,
            turn,
            ..
        } = reset;
        let was_open = self.state.status().is_open();
        let change = Reset {
            new_run_id,
            last_event_id: successor.kept,
        };
        let end = self.prepare_step(
            ctx,
            SlotAtHand::Nothing,
            StepKind::WithoutProgram,
            |draft| decide::reset(draft, change, request.reason),
        );
        let end = match end {
            Ok(((), end)) => end,
            Err(error) => {
                self.shared.set_deadline(new_run_id, None);
                return Err(refuse_broken(reply, error));
            }
        };
        let Some(end) = end else {
            // Invariant: what is reset has an entry that says so.
            self.shared.set_deadline(new_run_id, None);
            self.reply(reply, Err(Refusal::Unavailable(Outage::Dropped)));
            return Ok(());
        };
        self.submit(Prepared {
            newborn: Some(Box::new(successor.newborn)),
            ..end.and(successor.start)
        });
        if mem::take(&mut self.resends) {
            self.send_messages();
        }
        self.reply(reply, Ok(new_run_id));
        if !was_open {
            // It was brought into memory for this, and there is nothing else to do.
            self.shard.do_send(ShardNote::Closed(self.run_id()));
        }
        drop(turn);
        Ok(())
    }
}
