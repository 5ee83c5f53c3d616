//! One step: everything that one message causes, sealed into one transition.
//!
//! An activity's result, the workflow task it makes possible, the next activity the program asks
//! for and the start of its first attempt are one transition and one flush.

use std::{collections::BTreeMap, mem, rc::Rc};

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        Reply,
        execution::{
            Execution,
            actor::Flight,
            load,
            program::{Factory, ResidentProgram},
        },
        message::ExecutionMail,
        pipeline::{Fate, Release},
        port::{AttemptKey, Candidate, Permit, Reservation, StartedAttempt, WaitingKey},
        service::{Shared, send_reply},
        shard::ShardNote,
        watch::Watched,
    },
    engine::execution::{Draft, Effect, Sealed, decide},
    model::{EventAttributes, EventId, RequestId, RunId},
    storage::{Commit, IndexChange, RunEntry, StorageError, record},
};

/// The slots taken in this step, by the event that scheduled the activity.
type Permits = BTreeMap<EventId, Permit>;

impl Execution {
    /// Decides on one message and carries out all that follows from it.
    pub(super) fn step<R>(
        &mut self,
        ctx: &Context<Self>,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        self.step_with_permit(ctx, None, decide)
    }

    /// The same, with a slot that was offered for one activity.
    pub(super) fn step_with_permit<R>(
        &mut self,
        ctx: &Context<Self>,
        offered: Option<(EventId, Permit)>,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        self.take_step(ctx, offered, true, decide)
    }

    /// The same, leaving workflow tasks where they are.
    pub(super) fn step_without_program<R>(
        &mut self,
        ctx: &Context<Self>,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        self.take_step(ctx, None, false, decide)
    }

    fn take_step<R>(
        &mut self,
        ctx: &Context<Self>,
        offered: Option<(EventId, Permit)>,
        with_program: bool,
        decide: impl FnOnce(&mut Draft<'_>) -> R,
    ) -> Result<R, StorageError> {
        let now = self.shared.services.clock.now();
        let lost = std::mem::take(&mut self.just_loaded).then(|| self.lost_attempts());
        let mut draft = Draft::new(&mut self.state, now);
        if let Some(lost) = lost {
            decide::lose_activity_attempts(&mut draft, &lost);
        }
        let answer = decide(&mut draft);
        let mut run = ProgramRun {
            shared: &self.shared,
            program: &mut self.program,
            flight: &self.flight,
            observed: 0,
        };
        let left_alone = self.quarantined.is_some();
        if with_program && !left_alone {
            run.run_workflow_tasks(&mut draft)?;
        }
        run.observe(&draft);
        let mut permits = offered.into_iter().collect::<Permits>();
        self.waiting_for_slot
            .retain(|id| draft.state().pending_activity(*id).is_some());
        if !left_alone {
            let wait = start_activities(
                &self.shared,
                &mut draft,
                &self.waiting_for_slot,
                &mut permits,
            );
            self.waiting_for_slot.extend(wait);
        }
        if let Some(sealed) = draft.seal() {
            self.submit(ctx, sealed, permits);
        }
        if !left_alone {
            self.set_deadline();
        }
        Ok(answer)
    }

    fn submit(&mut self, ctx: &Context<Self>, sealed: Sealed, permits: Permits) {
        let Sealed {
            number,
            transition,
            effects,
        } = sealed;
        let run_id = self.state.execution().run_id;
        let index = self.index_change(&transition);
        let record = record::encode(run_id, number, &transition);
        self.flight.count.set(self.flight.count.get() + 1);
        let release = Effects {
            shared: Rc::clone(&self.shared),
            shard: self.shard.clone(),
            address: ctx.address(),
            flight: Rc::clone(&self.flight),
            run_id,
            effects,
            permits,
            close: self.state.close().cloned(),
        };
        let release: Release = Box::new(move |fate: &Fate| release.release(fate));
        let ticket = self.shared.submit(
            Commit {
                run_id,
                number,
                record,
                index,
            },
            release,
        );
        self.summary.ticket.set(ticket);
    }

    /// What a transition changes in the index of runs.
    fn index_change(&self, transition: &crate::model::Transition) -> Option<IndexChange> {
        let mut entry = self.summary.entry.borrow_mut();
        let was = entry.status;
        entry.status = self.state.status();
        entry.closed_at = self.state.closed_at();
        let opened = transition
            .events()
            .next()
            .is_some_and(|event| event.id == EventId::FIRST);
        if opened {
            return Some(IndexChange::Opened(RunEntry::clone(&entry)));
        }
        let closed = was.is_open() && !entry.status.is_open();
        closed.then(|| IndexChange::Closed(RunEntry::clone(&entry)))
    }

    /// Tells the shard when this run has to be woken.
    pub(super) fn set_deadline(&self) {
        let run_id = self.run_id();
        if self.shared.set_deadline(run_id, self.state.next_deadline()) {
            self.shard.do_send(ShardNote::DeadlineChanged);
        }
    }
}

/// What is done once a transition is durable.
struct Effects {
    shared: Rc<Shared>,
    shard: actix::Addr<crate::actor::Shard>,
    address: actix::Addr<Execution>,
    flight: Rc<Flight>,
    run_id: RunId,
    effects: Vec<Effect>,
    permits: Permits,
    close: Option<EventAttributes>,
}

impl Effects {
    fn release(mut self, fate: &Fate) {
        self.flight.count.set(self.flight.count.get() - 1);
        if let Fate::Durable = fate {
            for effect in mem::take(&mut self.effects) {
                self.carry_out(effect, fate);
            }
        }
        if self.flight.count.get() == 0 && self.flight.notify.replace(false) {
            self.address.do_send(ExecutionMail::Settled);
        }
    }

    fn carry_out(&mut self, effect: Effect, fate: &Fate) {
        let activities = &self.shared.activities;
        let run_id = self.run_id;
        match effect {
            Effect::RunActivity(task) => {
                if let Some(permit) = self.permits.remove(&task.scheduled_event_id) {
                    activities.run(StartedAttempt { task, permit });
                }
            }
            Effect::CancelActivity {
                scheduled_event_id,
                attempt,
            } => {
                activities.cancel(AttemptKey {
                    run_id,
                    scheduled_event_id,
                    attempt,
                });
            }
            Effect::AbandonActivity {
                scheduled_event_id,
                attempt,
            } => {
                activities.abandon(AttemptKey {
                    run_id,
                    scheduled_event_id,
                    attempt,
                });
            }
            Effect::Closed => {
                let waiters: Vec<Reply<EventAttributes>> = self.shared.take_close_waiters(run_id);
                if let Some(close) = &self.close {
                    for reply in waiters {
                        send_reply(reply, Ok(close.clone()), fate);
                    }
                }
                self.shard.do_send(ShardNote::Closed(run_id));
            }
        }
    }
}

/// The workflow tasks of one step.
struct ProgramRun<'s> {
    shared: &'s Shared,
    program: &'s mut ResidentProgram,
    flight: &'s Flight,
    /// How many of the draft's events the program has taken note of.
    observed: usize,
}

impl ProgramRun<'_> {
    /// Runs every workflow task that can run now.
    fn run_workflow_tasks(&mut self, draft: &mut Draft<'_>) -> Result<(), StorageError> {
        while draft.state().workflow_task_is_startable(draft.now()) {
            let Some(make) = self.factory(draft) else {
                return Ok(());
            };
            if !self.load(draft)? {
                return Ok(());
            }
            if let Err(rejection) = self.run_workflow_task(draft, make) {
                tracing::error!(%rejection, "the engine refused its own workflow task");
                return Ok(());
            }
        }
        Ok(())
    }

    fn factory(&self, draft: &Draft<'_>) -> Option<Factory> {
        let workflow_type = &draft.state().started()?.workflow_type;
        self.shared.services.programs.find(workflow_type)
    }

    /// Sees to it that the program can run; `false` if that has to wait for the disk.
    fn load(&mut self, draft: &Draft<'_>) -> Result<bool, StorageError> {
        if self.program.is_loaded() {
            return Ok(true);
        }
        if self.flight.count.get() > 0 {
            // Durability: what is not on disk yet cannot be replayed from there.
            self.flight.notify.set(true);
            return Ok(false);
        }
        let run_id = draft.state().execution().run_id;
        let stored = draft.state().last_record();
        let history = load::read_history(&*self.shared.services.store, run_id, stored)?;
        *self.program = ResidentProgram::loaded(history);
        self.observed = 0;
        Ok(true)
    }

    fn run_workflow_task(
        &mut self,
        draft: &mut Draft<'_>,
        make: Factory,
    ) -> Result<(), crate::engine::execution::Rejection> {
        let services = &self.shared.services;
        let identity = services.identity.clone();
        let request_id = RequestId::default();
        let start = decide::StartWorkflowTask {
            identity: identity.clone(),
            request_id,
        };
        let started = decide::start_workflow_task(draft, start)?;
        self.observe(draft);
        services.watch.begin(watched(draft));
        let outcome = self.program.run(make, started.events);
        services.watch.end();
        let keeps_program = match outcome {
            Ok(completion) => {
                let complete = decide::CompleteWorkflowTask {
                    commands: completion.commands,
                    sdk_metadata: completion.sdk_metadata,
                    identity,
                };
                let outcome = decide::complete_workflow_task(draft, complete)?;
                matches!(outcome, decide::WorkflowTaskOutcome::Completed)
                    && !services.options.replay_every_task
            }
            Err(failure) => {
                tracing::warn!(
                    workflow_id = %draft.state().execution().workflow_id,
                    cause = %failure.cause,
                    failure = %failure.failure,
                    attempt = started.attempt,
                    "workflow task failed"
                );
                let fail = decide::FailWorkflowTask { failure, identity };
                decide::fail_workflow_task(draft, fail)?;
                false
            }
        };
        if !keeps_program {
            self.program.discard();
        }
        Ok(())
    }

    fn observe(&mut self, draft: &Draft<'_>) {
        self.program.observe(draft.events().skip(self.observed));
        self.observed = draft.events().count();
    }
}

fn watched(draft: &Draft<'_>) -> Watched {
    let execution = draft.state().execution();
    Watched {
        workflow_id: execution.workflow_id,
        run_id: execution.run_id,
        workflow_type: draft
            .state()
            .started()
            .map(|started| started.workflow_type.clone())
            .unwrap_or_default(),
        since: draft.now(),
    }
}

/// Starts the activities that can start and for which there is a slot; returns those that wait.
fn start_activities(
    shared: &Shared,
    draft: &mut Draft<'_>,
    waiting: &std::collections::BTreeSet<EventId>,
    permits: &mut Permits,
) -> Vec<EventId> {
    let run_id = draft.state().execution().run_id;
    let candidates: Vec<Candidate> = draft
        .state()
        .startable_activities(draft.now())
        .filter(|activity| !waiting.contains(&activity.scheduled_event_id))
        .map(|activity| Candidate {
            key: WaitingKey {
                run_id,
                scheduled_event_id: activity.scheduled_event_id,
            },
            task_queue: activity.scheduled.task_queue.clone(),
            activity_type: activity.scheduled.activity_type.clone(),
        })
        .collect();
    let mut wait = Vec::new();
    for candidate in candidates {
        let scheduled_event_id = candidate.key.scheduled_event_id;
        if !permits.contains_key(&scheduled_event_id) {
            match shared.activities.reserve(candidate) {
                Reservation::Granted(permit) => drop(permits.insert(scheduled_event_id, permit)),
                Reservation::Waiting => {
                    wait.push(scheduled_event_id);
                    continue;
                }
                Reservation::Unregistered => continue,
            }
        }
        let start = decide::StartActivityTask {
            scheduled_event_id,
            identity: shared.services.identity.clone(),
            request_id: RequestId::default(),
        };
        if let Err(rejection) = decide::start_activity_task(draft, start) {
            tracing::error!(%rejection, "the engine refused to start its own activity");
            permits.remove(&scheduled_event_id);
        }
    }
    wait
}
