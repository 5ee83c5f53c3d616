//! The workflow tasks of a step: started, run and answered without leaving it.

use std::rc::Rc;

use actix::{Addr, AsyncContext as _, Context};

use crate::{
    actor::{
        execution::{
            Execution,
            flight::Flight,
            load,
            open_task::OpenTask,
            program::{ResidentProgram, Unrecorded},
            update::OfferedUpdate,
            waiting::WaitingUpdates,
        },
        service::Shared,
        shard::Shard,
        watch::{UnwrittenStart, UserCode, Watched},
    },
    machine::{
        execution::{Draft, Rejection, decide},
        task::{WorkflowTaskCompletion, WorkflowTaskFailure},
    },
    metrics::ReplayWatch,
    model::{EventAttributes, RecordNumber, RequestId, RunId},
    storage::StorageError,
    workflow::{ProgramFactory, WorkflowCode},
};

/// The workflow tasks of one step.
pub(super) struct WorkflowTasks<'s> {
    pub(super) shared: &'s Shared,
    pub(super) program: &'s mut ResidentProgram,
    pub(super) flight: &'s Flight,
    pub(super) ctx: &'s Context<Execution>,
    /// The run that this one replaces, if it does.
    pub(super) replaces: Option<RunId>,
    /// How many of the draft's events the program has taken note of.
    pub(super) observed: usize,
    /// The update that the step hands to the program, if it does.
    pub(super) offered: &'s mut Option<Box<OfferedUpdate>>,
    /// The updates that wait for a workflow task.
    pub(super) waiting: &'s mut WaitingUpdates,
    /// Set if nobody here has the program.
    pub(super) lacks_code: &'s mut bool,
    /// The task that waits for local activities, if one does.
    pub(super) open: &'s mut Option<Box<OpenTask>>,
    pub(super) shard: &'s Rc<Addr<Shard>>,
}

/// How much of the answer of a program is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// All of it.
    Whole,
    /// What it has said so far: local activities go on, and another workflow task follows at once.
    Part,
}

impl WorkflowTasks<'_> {
    /// Runs every workflow task that can run now.
    pub(super) fn run_all(&mut self, draft: &mut Draft<'_>) -> Result<(), StorageError> {
        if self.open.is_some() {
            self.go_on(draft);
        }
        // Bound: a task that goes on while local activities run ends the loop.
        while self.open.is_none() && is_runnable(draft) {
            let Some(code) = self.code(draft) else {
                *self.lacks_code = true;
                return Ok(());
            };
            if self.is_held_back(draft) {
                self.shared.hold_back(draft.state().run_id());
                return Ok(());
            }
            if !self.load(draft)? {
                return Ok(());
            }
            if let Err(rejection) = self.run(draft, &code) {
                tracing::error!(%rejection, "the engine refused its own workflow task");
                return Ok(());
            }
        }
        self.say_of_update(draft);
        Ok(())
    }

    pub(super) fn code(&self, draft: &Draft<'_>) -> Option<WorkflowCode> {
        let workflow_type = &draft.state().started()?.workflow_type;
        let version = draft.state().version();
        self.shared.services.programs.find(workflow_type, version)
    }

    /// Whether an operator has paused all runs of this kind.
    fn is_held_back(&self, draft: &Draft<'_>) -> bool {
        let gates = &self.shared.services.gates;
        let started = draft.state().started();
        started.is_some_and(|it| {
            gates
                .closed_for(&it.workflow_type, &it.task_queue)
                .is_some()
        })
    }

    /// Sees to it that the program can run; `false` if that has to wait for the disk.
    fn load(&mut self, draft: &Draft<'_>) -> Result<bool, StorageError> {
        if self.program.can_run() {
            return Ok(true);
        }
        if self.flight.is_under_way() {
            // Durability: what is not on disk yet cannot be replayed from there.
            self.flight.tell_when_over(self.ctx.address());
            return Ok(false);
        }
        let run_id = draft.state().run_id();
        let stored = draft.state().last_record();
        let history = load::read_history(&*self.shared.services.store, run_id, stored, &[])?;
        *self.program = ResidentProgram::Recorded(history);
        self.observed = 0;
        Ok(true)
    }

    /// Runs a workflow task, which may stay open.
    pub(super) fn run(
        &mut self,
        draft: &mut Draft<'_>,
        code: &WorkflowCode,
    ) -> Result<(), Rejection> {
        let services = &self.shared.services;
        let request_id = RequestId::default();
        let start = decide::StartWorkflowTask {
            identity: services.identity.clone(),
            request_id,
        };
        // One that was started before, and that nobody runs any more, is run again.
        let started = decide::start_workflow_task(draft, start)?;
        // The program is watched until it is dropped, if it is.
        let _watching = services.watch.begin(self.watched(draft));
        if self.offered.is_none() {
            let waiting = self.waiting.take_first(draft.state());
            *self.offered = waiting.map(|update| Box::new(update.into()));
        }
        let unrecorded = Unrecorded {
            transient: started.events,
            update: self.offered.as_deref().and_then(OfferedUpdate::pending),
        };
        let outcome = self.bring_back(draft, code).and_then(|program| {
            let news = draft.events().skip(self.observed);
            self.program.run(program, news, unrecorded)
        });
        self.observed = draft.events().count();
        match outcome {
            Ok(Some(completion)) => {
                self.complete(draft, completion, Answer::Whole)?;
            }
            Ok(None) => self.keep_open(draft),
            Err(failure) => self.fail(draft, failure)?,
        }
        Ok(())
    }

    /// Brings the program into memory if it is not, and says of which run and of which code it is.
    fn bring_back<'c>(
        &mut self,
        draft: &Draft<'_>,
        code: &'c WorkflowCode,
    ) -> Result<(RunId, &'c ProgramFactory), WorkflowTaskFailure> {
        let program = (draft.state().run_id(), &code.factory);
        let watch = ReplayWatch::begin(&self.shared.services.clock);
        if self.program.bring_back(program)?
            && let Some(started) = draft.state().started()
        {
            watch.end(&started.workflow_type);
        }
        Ok(program)
    }

    /// Ends the workflow task with the answer of the program; says whether the answer holds.
    pub(super) fn complete(
        &mut self,
        draft: &mut Draft<'_>,
        completion: WorkflowTaskCompletion,
        answer: Answer,
    ) -> Result<bool, Rejection> {
        if answer == Answer::Whole {
            self.tell_given_up(draft);
        }
        let services = &self.shared.services;
        let offered = self.offered.as_ref();
        let verdict = offered.and_then(|offered| offered.verdict_in(&completion));
        let complete = decide::CompleteWorkflowTask {
            commands: completion.commands,
            sdk_metadata: completion.sdk_metadata,
            dropped_signals: completion.dropped_signals,
            heartbeat: answer == Answer::Part,
            identity: services.identity.clone(),
            schema: services
                .namespaces
                .of(&draft.state().execution().workflow_id)
                .schema
                .clone(),
            build_id: services.build_id.clone(),
            version: self
                .code(draft)
                .map(|code| code.version)
                .unwrap_or_default(),
        };
        let outcome = decide::complete_workflow_task(draft, complete)?;
        let holds = matches!(outcome, decide::WorkflowTaskOutcome::Completed);
        if let (true, Some(offered), Some(verdict)) = (holds, self.offered.as_mut(), verdict) {
            offered.take_note(verdict);
        }
        let replays = services.options.replay_every_task && answer == Answer::Whole;
        if !holds || replays {
            self.program.discard();
        }
        Ok(holds)
    }

    /// Ends the workflow task without an answer.
    pub(super) fn fail(
        &mut self,
        draft: &mut Draft<'_>,
        failure: WorkflowTaskFailure,
    ) -> Result<(), Rejection> {
        let identity = self.shared.services.identity.clone();
        let fail = decide::FailWorkflowTask { failure, identity };
        let failed = decide::fail_workflow_task(draft, fail);
        self.program.discard();
        failed
    }

    /// What the code of the workflow task is called by whoever watches over the thread.
    pub(super) fn watched(&self, draft: &Draft<'_>) -> Watched {
        watched(draft, self.replaces)
    }

    /// Shows the program the events of the draft that it has not seen yet.
    pub(super) fn observe(&mut self, draft: &Draft<'_>) {
        self.program.observe(draft.events().skip(self.observed));
        self.observed = draft.events().count();
    }
}

/// Whether there is a workflow task that can be started now, or has been started and is run by nobody.
fn is_runnable(draft: &Draft<'_>) -> bool {
    let state = draft.state();
    let lost = state.workflow_task_is_started() && state.status().is_open();
    lost || state.workflow_task_is_startable(draft.now())
}

fn watched(draft: &Draft<'_>, replaces: Option<RunId>) -> Watched {
    let execution = draft.state().execution();
    Watched {
        code: UserCode::WorkflowTask,
        workflow_id: execution.workflow_id,
        run_id: execution.run_id,
        workflow_type: draft
            .state()
            .started()
            .map(|started| started.workflow_type.clone())
            .unwrap_or_default(),
        started: unwritten_start(draft, replaces).map(Box::new),
    }
}

/// The start of a run that begins in this draft.
fn unwritten_start(draft: &Draft<'_>, replaces: Option<RunId>) -> Option<UnwrittenStart> {
    if draft.state().last_record() != RecordNumber::NONE {
        return None;
    }
    // A signal that comes with the start stands directly behind it.
    let signal = draft.events().nth(1).map(|event| &event.attributes);
    let signal = match signal {
        Some(EventAttributes::WorkflowExecutionSignaled(signal)) => Some(signal.clone()),
        _ => None,
    };
    Some(UnwrittenStart {
        started: draft.state().started()?.clone(),
        signal,
        replaces,
    })
}
