//! Going on with a workflow task that is open: its local activities begin, end and begin again, and
//! the program is told of each end, until there is none left or it is time for a heartbeat.
//!
//! Nothing of this is written before the task completes or heartbeats. What an activity comes to
//! that ends at once is told in the same turn, so a thousand of them in a row cost neither a message
//! nor a sync each; a turn that lasts gives others theirs.

use std::{rc::Rc, time::Duration};

use crate::{
    actor::{
        execution::{
            Execution,
            open_task::{OpenTask, Unregistered},
            tasks::{Answer, WorkflowTasks},
            update::OfferedUpdate,
        },
        message::ExecutionMail,
        pipeline::{Fate, Ticket},
        shard::ShardNote,
    },
    machine::{
        execution::{Draft, Rejection},
        replay::{LocalActivityEnd, Replayer},
        task::WorkflowTaskFailure,
    },
    model::{Failure, event::workflow_task::FailedCause},
};

/// How long a run goes on with its local activities before it is the turn of others.
const TURN_MAX: Duration = Duration::from_millis(5);

/// How a turn ends.
enum Turn {
    /// The program waits for none of them any more.
    Done,
    /// It waits for some.
    Waits,
}

impl WorkflowTasks<'_> {
    /// Forgets the task that was open, if the run has it no more.
    pub(super) fn drop_outdated(&mut self, draft: &Draft<'_>) {
        let is_of = |open: &OpenTask| open.is_of(draft.state()) && self.program.is_loaded();
        if self.open.as_ref().is_some_and(|open| !is_of(open)) {
            *self.open = None;
            self.program.discard();
        }
    }

    /// Keeps the task open that has just been begun.
    pub(super) fn keep_open(&mut self, draft: &Draft<'_>) {
        if let Some(open) = &mut *self.open {
            return open.move_on(draft.state());
        }
        let open = OpenTask::new(Rc::clone(self.shard), draft.state());
        *self.open = Some(Box::new(open));
    }

    /// Goes on with the task that is open, and ends it if there is nothing more to wait for.
    pub(super) fn go_on(&mut self, draft: &mut Draft<'_>) {
        let decided = match self.take_turn(draft) {
            Ok(Turn::Done) => self.end_open(draft),
            Ok(Turn::Waits) => self.heartbeat_if_due(draft),
            Err(failure) => self.fail_open(draft, failure),
        };
        if let Err(rejection) = decided {
            tracing::error!(%rejection, "the engine refused its own workflow task");
        }
    }

    fn take_turn(&mut self, draft: &Draft<'_>) -> Result<Turn, WorkflowTaskFailure> {
        let clock = &self.shared.services.clock;
        let begun = clock.read().monotonic;
        // Bound: a turn that lasts is broken off.
        loop {
            let ends = self.advance(draft)?;
            if ends.is_empty() {
                return Ok(Turn::Waits);
            }
            for end in ends {
                let _watching = self.shared.services.watch.begin(self.watched(draft));
                let Some(program) = self.program.loaded() else {
                    return Ok(Turn::Waits);
                };
                program.handle_local_activity_end(end)?;
                if !program.waits_for_local_activities() {
                    return Ok(Turn::Done);
                }
            }
            if clock.read().monotonic.since(begun) > TURN_MAX {
                let run_id = draft.state().run_id();
                // Bound: one of each turn.
                self.shard.do_send(ShardNote::GoOn(run_id));
                return Ok(Turn::Waits);
            }
        }
    }

    /// Lets local activities begin, and looks for those that have ended.
    fn advance(&mut self, draft: &Draft<'_>) -> Result<Vec<LocalActivityEnd>, WorkflowTaskFailure> {
        let (Some(open), Some(program)) = (&mut *self.open, self.program.loaded()) else {
            return Ok(Vec::new());
        };
        // What a turn takes is no time to those whose limits it counts.
        let now = draft.now();
        let mut ends = open.take_ends(now);
        ends.extend(open.take_over(program.take_local_requests(), now));
        // Durability: no attempt begins before the start of its workflow task is on disk.
        let durable = self.shared.pipeline.borrow().durable();
        if ends.is_empty() && open.is_durable(durable) && !self.shared.activities.is_draining() {
            let activities = &*self.shared.activities;
            let started = open.start_due(draft.state(), activities, now);
            ends = started.map_err(|unregistered| unregistered.into_failure())?;
        }
        Ok(ends)
    }

    /// Ends the open task with the answer of its program.
    fn end_open(&mut self, draft: &mut Draft<'_>) -> Result<(), Rejection> {
        self.tell_given_up(draft);
        let answer = self.program.loaded().map(Replayer::complete_workflow_task);
        let decided = match answer {
            Some(Ok(completion)) => self.complete(draft, completion, Answer::Whole).map(drop),
            Some(Err(failure)) => self.fail(draft, failure),
            None => Ok(()),
        };
        *self.open = None;
        decided
    }

    /// Tells those that the program has given up in the task that is about to end.
    pub(super) fn tell_given_up(&mut self, draft: &Draft<'_>) {
        if let (Some(open), Some(program)) = (&mut *self.open, self.program.loaded()) {
            // Invariant: the program waits for none, so none ends by this.
            let _none = open.take_over(program.take_local_requests(), draft.now());
        }
    }

    fn fail_open(
        &mut self,
        draft: &mut Draft<'_>,
        failure: WorkflowTaskFailure,
    ) -> Result<(), Rejection> {
        drop(self.open.take());
        self.fail(draft, failure)
    }

    fn heartbeat_if_due(&mut self, draft: &mut Draft<'_>) -> Result<(), Rejection> {
        let now = draft.now();
        let is_due = |open: &OpenTask| open.heartbeat_is_due(draft.state(), now);
        if self.open.as_deref().is_some_and(is_due) {
            return self.heartbeat(draft);
        }
        Ok(())
    }

    /// Says what has become of the update that came with the open task, if one did, because somebody
    /// waits for that.
    pub(super) fn say_of_update(&mut self, draft: &mut Draft<'_>) {
        if self.open.is_some()
            && self.offers_update()
            && let Err(rejection) = self.heartbeat(draft)
        {
            tracing::error!(%rejection, "the engine refused its own workflow task");
        }
    }

    fn offers_update(&self) -> bool {
        let offered = self.offered.as_deref();
        offered.and_then(OfferedUpdate::pending).is_some()
    }

    /// Says what the program of the open task has said so far, before the run leaves memory.
    pub(super) fn say_last(&mut self, draft: &mut Draft<'_>) {
        let says = self
            .program
            .loaded()
            .is_some_and(|it| it.has_unsaid_commands());
        if self.open.is_some()
            && says
            && let Err(rejection) = self.say_so_far(draft)
        {
            tracing::error!(%rejection, "the engine refused its own workflow task");
        }
        *self.open = None;
    }

    /// Completes the open task with what its program has said so far, and begins the next one.
    fn heartbeat(&mut self, draft: &mut Draft<'_>) -> Result<(), Rejection> {
        if !self.say_so_far(draft)? {
            return Ok(());
        }
        if let Some(open) = &mut *self.open {
            open.release_held();
        }
        if !draft.state().status().is_open() {
            return Ok(());
        }
        if draft.state().is_paused() {
            // No other task follows for now. What the attempts of its local activities come to is made
            // anew when one does.
            drop(self.open.take());
            self.program.discard();
            return Ok(());
        }
        match self.code(draft) {
            Some(code) => {
                self.run(draft, &code)?;
                if self
                    .open
                    .as_ref()
                    .is_some_and(|open| !open.is_of(draft.state()))
                {
                    *self.open = None;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Completes the open task with what its program has said so far; says whether that holds.
    fn say_so_far(&mut self, draft: &mut Draft<'_>) -> Result<bool, Rejection> {
        let answer = self.program.loaded().map(Replayer::complete_workflow_task);
        let holds = match answer {
            Some(Ok(completion)) => self.complete(draft, completion, Answer::Part)?,
            Some(Err(failure)) => {
                self.fail(draft, failure)?;
                false
            }
            None => false,
        };
        if !holds {
            drop(self.open.take());
        }
        Ok(holds)
    }
}

impl Unregistered {
    fn into_failure(self) -> WorkflowTaskFailure {
        let message = format!(
            "local activity {} is not registered with this engine: register it, or call it with \
             ctx.activity where another process runs it",
            self.0
        );
        WorkflowTaskFailure {
            cause: FailedCause::WorkflowWorkerUnhandledFailure,
            failure: Failure::own(message, "UnregisteredActivity"),
        }
    }
}

impl Execution {
    /// Takes note of the transition that was handed to the committer last; local activities whose
    /// workflow task it begins may begin when it is durable.
    pub(super) fn note_submitted(&mut self, ticket: Ticket) {
        self.summary.ticket.set(ticket);
        let run_id = self.run_id();
        if let Some(open) = &mut self.open
            && open.begun.is_none()
        {
            open.begun = Some(ticket);
            let shard = Rc::clone(&self.shard);
            self.shared.when_durable(ticket, move |fate: &Fate| {
                if let Fate::Durable = fate {
                    // Bound: one for each workflow task.
                    shard.do_send(ShardNote::GoOn(run_id));
                }
            });
        }
    }

    /// Keeps mail until the workflow task that is open heartbeats or is over.
    pub(super) fn hold(&mut self, mail: ExecutionMail) {
        if let Some(open) = &mut self.open {
            open.hold(mail);
        }
    }

    /// Whether the program has been told, or has said, what no record says yet.
    pub(super) fn is_ahead_of_record(&mut self) -> bool {
        let has_completed = self.state.has_completed_workflow_task();
        let program = self.program.loaded().filter(|_| self.open.is_some());
        program.is_some_and(|program| program.has_unsaid_commands() || !has_completed)
    }
}
