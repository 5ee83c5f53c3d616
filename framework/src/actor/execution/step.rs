//! One step: everything that one message causes, sealed into one transition.
//!
//! An activity's result, the workflow task it makes possible, the next activity the program asks
//! for and the start of its first attempt are one transition and one flush.

use std::{mem, rc::Rc};

use actix::Context;

use crate::{
    actor::{
        execution::{
            Execution,
            actor::Arrival,
            attempts::{Attempts, Permits, SlotAtHand},
            effects::Aftermath,
            newborn::Newborn,
            tasks::WorkflowTasks,
        },
        pipeline::{Fate, Release, Ticket},
        shard::ShardNote,
    },
    machine::execution::{Draft, LinePlace, Message, Sealed, decide},
    metrics,
    model::{EventId, EventType, Timestamp, Transition},
    storage::{
        Commit, CommitPart, Extent, IndexChange, RunDetails, StorageError, StoredNames, record,
    },
};

/// What a step does besides deciding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StepKind {
    /// Runs workflow tasks and starts attempts.
    Whole,
    /// Leaves workflow tasks where they are.
    WithoutProgram,
    /// The same, and answers the one that is open as far as its program has got.
    Last,
}

/// A transition that has been decided, and is to be committed, with those of other runs that belong
/// to it.
pub(super) struct Prepared {
    pub(super) commit: Commit,
    /// What is done once it is durable.
    pub(super) release: Release,
    /// What is said to other runs once it is handed over.
    pub(super) messages: Vec<Message>,
    /// The run that begins with it, if one does.
    pub(super) newborn: Option<Box<Newborn>>,
}

impl Prepared {
    /// The same with that of another run, to be committed together.
    pub(super) fn and(mut self, other: Self) -> Self {
        let (first, second) = (self.release, other.release);
        self.messages.extend(other.messages);
        Self {
            commit: self.commit.and(other.commit),
            release: Box::new(move |fate: &Fate| {
                first(fate);
                second(fate);
            }),
            messages: self.messages,
            // Invariant: of runs that are committed together, one at most is followed by another.
            newborn: self.newborn.or(other.newborn),
        }
    }
}

impl Execution {
    /// Decides on one message and carries out all that follows from it.
    pub(super) fn step<R>(
        &mut self,
        ctx: &Context<Self>,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        self.step_with_slot(ctx, SlotAtHand::Nothing, decide)
    }

    /// The same, with a slot for the activities that the step starts.
    pub(super) fn step_with_slot<R>(
        &mut self,
        ctx: &Context<Self>,
        at_hand: SlotAtHand,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        self.take_step(ctx, at_hand, StepKind::Whole, decide)
    }

    /// The same, leaving workflow tasks where they are.
    pub(super) fn step_without_program<R>(
        &mut self,
        ctx: &Context<Self>,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        self.take_step(ctx, SlotAtHand::Nothing, StepKind::WithoutProgram, decide)
    }

    /// Gives up the workflow task that is open, before the run leaves memory.
    pub(super) fn leave_open_task(&mut self, ctx: &Context<Self>) -> Result<(), StorageError> {
        self.take_step(ctx, SlotAtHand::Nothing, StepKind::Last, |_| ())
    }

    fn take_step<R>(
        &mut self,
        ctx: &Context<Self>,
        at_hand: SlotAtHand,
        kind: StepKind,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        let (answer, prepared) = self.prepare_step(ctx, at_hand, kind, decide)?;
        if let Some(prepared) = prepared {
            self.submit(prepared);
        } else if self.open.is_some() {
            // A workflow task of an earlier process that goes on writes nothing.
            self.note_submitted(self.summary.ticket.get());
        }
        self.go_on_with_updates();
        if mem::take(&mut self.resends) {
            self.send_messages();
        }
        Ok(answer)
    }

    /// Has a transition of this run committed, and what is to be committed with it.
    pub(super) fn submit(&mut self, prepared: Prepared) -> Ticket {
        let ticket = self.shared.submit(prepared.commit, prepared.release);
        self.note_submitted(ticket);
        for message in prepared.messages {
            self.shared.send_message(&self.shard, message);
        }
        if let Some(newborn) = prepared.newborn {
            newborn.live(ticket);
        }
        ticket
    }

    /// Takes a step whose transition, if there is one, the caller commits together with others.
    pub(super) fn prepare_step<R>(
        &mut self,
        ctx: &Context<Self>,
        at_hand: SlotAtHand,
        kind: StepKind,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<(R, Option<Prepared>), StorageError> {
        let now = self.shared.now();
        self.follow_clock();
        let arrival = mem::take(&mut self.arrival);
        let was_loaded = arrival != Arrival::Over;
        self.resends |= was_loaded;
        let lost = was_loaded.then(|| self.lost_attempts());
        if was_loaded {
            self.catch_up_with_attempts();
        }
        let mut draft = Draft::new(&mut self.state, now).reusing(self.shared.take_spare_entries());
        if let Some(lost) = lost {
            decide::lose_activity_attempts(&mut draft, &lost);
            decide::assume_alive(&mut draft);
            if arrival == Arrival::Recovered {
                decide::retry_workflow_task(&mut draft);
            }
        }
        let answer = decide(&mut draft);
        let mut tasks = WorkflowTasks {
            shared: &self.shared,
            program: &mut self.program,
            flight: &self.flight,
            ctx,
            replaces: self.replaces,
            observed: 0,
            offered: &mut self.offered,
            waiting: &mut self.waiting,
            lacks_code: &mut self.lacks_code,
            open: &mut self.open,
            shard: &self.shard,
        };
        let left_alone = self.quarantined.is_some();
        tasks.drop_outdated(&draft);
        match kind {
            StepKind::Whole if !left_alone => tasks.run_all(&mut draft)?,
            StepKind::Last => tasks.say_last(&mut draft),
            StepKind::Whole | StepKind::WithoutProgram => {}
        }
        tasks.observe(&draft);
        let mut attempts = Attempts {
            shared: &self.shared,
            asked: &mut self.asked,
            permits: Permits::new(),
            lacks_code: &mut self.lacks_code,
        };
        if !left_alone {
            attempts.start_all(&mut draft, at_hand);
        }
        let permits = attempts.permits;
        let mut failed_attempts = Vec::new();
        let mut sealed = draft.seal();
        if let Some(sealed) = &mut sealed {
            failed_attempts = mem::take(&mut sealed.failed_attempts);
        }
        let successor = sealed.as_mut().and_then(|sealed| sealed.successor.take());
        let mut prepared = sealed.map(|sealed| self.prepare(sealed, permits));
        if let Some(successor) = successor
            && let Some((newborn, start)) = self.begin_next(&successor)?
        {
            prepared = prepared.map(|end| Prepared {
                newborn: Some(Box::new(newborn)),
                ..end.and(start)
            });
        }
        self.tell_problems(was_loaded, &failed_attempts);
        self.forget_history();
        if !left_alone {
            self.set_deadline(now);
        }
        Ok((answer, prepared))
    }

    fn prepare(&mut self, sealed: Sealed, permits: Permits) -> Prepared {
        let Sealed {
            number,
            mut transition,
            effects,
            messages,
            failed_attempts: _,
            successor: _,
        } = sealed;
        let run_id = self.state.run_id();
        metrics::observe_transition(&self.state, &transition);
        let index = self.index_change(&transition);
        let record = record::encode(run_id, number, &transition);
        let named = StoredNames::of(&mut transition);
        if let Some(recorded) = &mut self.recorded {
            recorded.extend(transition.events().cloned());
        }
        self.shared.keep_spare_entries(transition.entries);
        self.flight.begin();
        let release = Aftermath {
            shared: Rc::clone(&self.shared),
            shard: Rc::clone(&self.shard),
            flight: Rc::clone(&self.flight),
            run_id,
            effects,
            permits,
            close: self.state.close().cloned().map(Box::new),
            successor: self.successor(),
            _held: named.held,
        };
        let release: Release = Box::new(move |fate: &Fate| release.release(fate));
        let part = CommitPart {
            run_id,
            number,
            record,
            index,
            payloads: named.keys,
        };
        Prepared {
            commit: part.into(),
            release,
            messages,
            newborn: None,
        }
    }

    /// What a transition changes in the index of runs.
    fn index_change(&self, transition: &Transition) -> Option<IndexChange> {
        let mut entry = self.summary.entry.borrow_mut();
        let (was, had_work) = (entry.status, entry.has_work());
        let was_followed = entry.new_execution_run_id.is_some();
        entry.status = self.state.status();
        entry.closed_at = self.state.closed_at();
        if !entry.status.is_open() {
            entry.extent = Extent {
                events: self.state.last_event_id().get(),
                bytes: self.state.history_size_bytes(),
                transitions: self.state.last_record().get(),
            };
        }
        entry.has_messages = !entry.status.is_open() && self.state.has_messages();
        entry.new_execution_run_id = self.successor();
        let opened = transition
            .events()
            .next()
            .is_some_and(|event| event.id == EventId::FIRST);
        let found_otherwise = transition.events().any(|event| {
            let event_type = event.event_type();
            event_type == EventType::UpsertWorkflowSearchAttributes
        }) || self.state.later_version() != entry.version();
        if opened || found_otherwise {
            let lineage = self.state.started().map(|started| &*started.lineage);
            let version = self.state.later_version();
            entry.details = RunDetails::of(self.state.search_attributes(), lineage, version);
        }
        if opened {
            // What lists say is what the history says.
            entry.started_at = self.state.started_at();
            return Some(IndexChange::Opened(Box::new(entry.clone())));
        }
        let followed = !was_followed && entry.new_execution_run_id.is_some();
        // Also of one that is paused, or goes on.
        let stands_otherwise = was != entry.status;
        let changed =
            stands_otherwise || followed || found_otherwise || had_work != entry.has_work();
        changed.then(|| IndexChange::Changed(Box::new(entry.clone())))
    }

    /// Moves deadlines with the clock, if that was set since the last look.
    pub(super) fn follow_clock(&mut self) {
        let timeline = self.shared.timeline();
        if self.clock_steps != Some(timeline.steps()) {
            self.clock_steps = Some(timeline.steps());
            self.state.follow_clock(|at| timeline.lead(at));
            self.asked = LinePlace::default();
        }
    }

    /// Tells the shard when this run has to be woken next; what could have been done by `now` waits
    /// for something else than time.
    pub(super) fn set_deadline(&self, now: Timestamp) {
        let run_id = self.run_id();
        let local = self.open.as_ref().and_then(|open| {
            let durable = self.shared.pipeline.borrow().durable();
            let is_draining = self.shared.activities.is_draining();
            open.next_deadline(open.is_durable(durable) && !is_draining)
        });
        let deadline = self.state.next_deadline_after(now);
        let earliest = deadline.into_iter().chain(local).min();
        if self.shared.set_deadline(run_id, earliest) {
            self.shard.do_send(ShardNote::DeadlineChanged);
        }
    }
}
