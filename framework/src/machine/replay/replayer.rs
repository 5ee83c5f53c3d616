//! The replayer: walks a history, tells the program, and checks what the program asks for.
//!
//! It is given events and nothing else. Whether a workflow task is replayed or in flight makes one
//! difference: the commands of a replayed one are confirmed by the events that follow it, and the
//! commands of the one in flight are the answer.

use derive_more::Debug;

use crate::{
    machine::{
        replay::{
            Activation, ActivationJob, LocalActivityEnd, LocalActivityRequest, Program,
            ProgramCommand, QueryFailure,
            activities::{Ending, Outcome},
            children::{self, Told},
            chunk::{Chunks, StartedTask},
            divergence::{CorruptHistory, Divergence, Nondeterminism, Recorded, ReplayError},
            externals,
            flags::{IdentityRule, RecordedRules},
            jobs::Jobs,
            look_ahead::{Admitted, look_ahead},
            progress,
            request::Requests,
            seed::random_seed,
        },
        task::{WorkflowTask, WorkflowTaskCompletion, WorkflowTaskFailure},
    },
    model::{
        EventAttributes, EventId, Failure, HistoryEvent, Payload, Payloads, QueryName, RunId,
        WorkflowExecution, WorkflowInfo,
        event::{update, workflow_execution},
    },
};

/// The program side of one run: a program, and how far it has been told of its history.
///
/// Give it the events in order, each once: [`handle_workflow_task`](Self::handle_workflow_task) to
/// get an answer, [`handle_history`](Self::handle_history) where none is wanted. What the completion
/// of a workflow task has written is given together, in one call with it. After an error it
/// returns the same error for ever; drop it, and build a new one from the first event. The same
/// holds after a workflow task that it answered has failed.
#[derive(Debug)]
pub struct Replayer {
    #[debug(skip)]
    program: Box<dyn Program>,
    run_id: Option<RunId>,
    chunks: Chunks,
    rules: RecordedRules,
    requests: Requests,
    jobs: Jobs,
    admitted: Admitted,
    /// Boxed, because most programs never fail.
    failed: Option<Box<WorkflowTaskFailure>>,
    nondeterminism: Option<Box<Nondeterminism>>,
}

impl Replayer {
    /// A replayer of a program that has been told nothing yet.
    pub fn new(program: Box<dyn Program>) -> Self {
        Self {
            program,
            run_id: None,
            chunks: Chunks::default(),
            rules: RecordedRules::default(),
            requests: Requests::default(),
            jobs: Jobs::default(),
            admitted: Admitted::default(),
            failed: None,
            nondeterminism: None,
        }
    }

    /// How program and history differ, once they do.
    pub fn nondeterminism(&self) -> Option<&Nondeterminism> {
        self.nondeterminism.as_deref()
    }

    /// The same, of the run with this id, which no event says.
    ///
    /// Without it the program is told the id that `WorkflowExecutionStarted` calls the original one,
    /// which is the run's own unless it was reset.
    #[must_use]
    pub fn of_run(mut self, run_id: RunId) -> Self {
        self.run_id = Some(run_id);
        self
    }

    /// Answers a workflow task.
    ///
    /// The events are those after [`last_event_id`](Self::last_event_id), from the first event for
    /// a new replayer; the last one is the `WorkflowTaskStarted` of the task in flight.
    ///
    /// # Errors
    /// [`WorkflowTaskFailure`] if the program failed or does not match its history, or if the
    /// history is corrupt.
    ///
    /// What the program asks of local activities is left out: they are for whoever carries the task,
    /// see [`begin_workflow_task`](Self::begin_workflow_task).
    pub fn handle_workflow_task(
        &mut self,
        task: &WorkflowTask,
    ) -> Result<WorkflowTaskCompletion, WorkflowTaskFailure> {
        self.begin_workflow_task(task)?;
        self.complete_workflow_task()
    }

    /// Begins a workflow task, which is answered in parts.
    ///
    /// As [`handle_workflow_task`](Self::handle_workflow_task), with the answer kept back: as long as
    /// the program [waits for local activities](Self::waits_for_local_activities), run what
    /// [it asks for](Self::take_local_requests), and report
    /// [the ends](Self::handle_local_activity_end). The answer,
    /// [`complete_workflow_task`](Self::complete_workflow_task), can be given before they have all
    /// ended; those that are left belong to the workflow task after it, which has to follow at once.
    ///
    /// # Errors
    /// As `handle_workflow_task`.
    pub fn begin_workflow_task(&mut self, task: &WorkflowTask) -> Result<(), WorkflowTaskFailure> {
        self.begin(&task.events, false, |replayer| {
            let updates = task.updates.iter().map(|request| ActivationJob::Update {
                request: Box::new(request.clone()),
                validate: true,
            });
            updates.for_each(|job| replayer.jobs.push(job));
            Ok(())
        })
    }

    /// Answers a workflow task that was answered before.
    ///
    /// The events are as those of [`handle_workflow_task`](Self::handle_workflow_task); `written` is
    /// what the completion of the task wrote, which says what else the program was told.
    ///
    /// # Errors
    /// As `handle_workflow_task`.
    pub fn repeat_workflow_task(
        &mut self,
        events: &[HistoryEvent],
        written: &[HistoryEvent],
    ) -> Result<WorkflowTaskCompletion, WorkflowTaskFailure> {
        self.begin(events, true, |replayer| replayer.look_ahead(written.iter()))?;
        self.complete_workflow_task()
    }

    /// What the program asks for in the workflow task that has begun, and has not been said before.
    ///
    /// # Errors
    /// [`WorkflowTaskFailure`] if an error came before.
    pub fn complete_workflow_task(
        &mut self,
    ) -> Result<WorkflowTaskCompletion, WorkflowTaskFailure> {
        self.guarded(|replayer| {
            Ok(WorkflowTaskCompletion {
                commands: replayer.requests.unconfirmed().cloned().collect(),
                sdk_metadata: replayer.rules.news(replayer.requests.patches.any()),
                dropped_signals: replayer.program.dropped_signals().clone(),
                rejected_updates: replayer.requests.take_rejected_updates(),
            })
        })
    }

    /// Whether the program waits for local activities, and has not closed its run.
    pub fn waits_for_local_activities(&self) -> bool {
        self.failed.is_none() && self.requests.waits_for_local_activities()
    }

    /// Whether the answer to the workflow task that has begun says anything yet.
    pub fn has_unsaid_commands(&self) -> bool {
        self.requests.unconfirmed().next().is_some()
    }

    /// Takes what is to be done about local activities.
    pub fn take_local_requests(&mut self) -> Vec<LocalActivityRequest> {
        match &mut self.requests.local {
            Some(local) => local.take_requests(),
            None => Vec::new(),
        }
    }

    /// Tells the program of the end of a local activity, in an activation of its own.
    ///
    /// One that the program has given up meanwhile is passed over.
    ///
    /// # Errors
    /// [`WorkflowTaskFailure`] if the program failed.
    pub fn handle_local_activity_end(
        &mut self,
        end: LocalActivityEnd,
    ) -> Result<(), WorkflowTaskFailure> {
        self.guarded(|replayer| {
            let task = replayer.requests.local_activities().task();
            if let Some(job) = replayer.requests.end_local_activity(end) {
                replayer.run(task.unwrap_or_default(), false, vec![job])?;
            }
            Ok(())
        })
    }

    fn begin(
        &mut self,
        events: &[HistoryEvent],
        replaying: bool,
        add_updates: impl FnOnce(&mut Self) -> Result<(), ReplayError>,
    ) -> Result<(), WorkflowTaskFailure> {
        self.guarded(|replayer| {
            replayer.tell_all(events)?;
            let Some(started) = replayer.chunks.take_in_flight() else {
                let last = replayer.chunks.last_event_id();
                let message = "the workflow task does not end with WorkflowTaskStarted";
                return Err(CorruptHistory::new(last, message).into());
            };
            add_updates(replayer)?;
            replayer.activate(started, replaying)
        })
    }

    /// Brings the program up to the end of a history without an answer, so that it can be queried.
    ///
    /// The events are those after [`last_event_id`](Self::last_event_id). What no completed
    /// workflow task has told the program yet is kept for the next one.
    ///
    /// # Errors
    /// [`WorkflowTaskFailure`] if the program failed or does not match its history, or if the
    /// history is corrupt.
    pub fn handle_history<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e HistoryEvent, IntoIter: Clone>,
    ) -> Result<(), WorkflowTaskFailure> {
        self.guarded(|replayer| replayer.tell_all(events))
    }

    /// Answers a question about the program's state.
    ///
    /// # Errors
    /// [`QueryFailure`] if the program has no answer, or an error came before.
    pub fn query(&mut self, name: &QueryName, input: &Payloads) -> Result<Payload, QueryFailure> {
        if let Some(failed) = &self.failed {
            return Err(QueryFailure::HandlerFailed {
                message: failed.failure.to_string(),
            });
        }
        self.program.query(name, input)
    }

    /// Says whether the program would accept an update now. Changes nothing.
    ///
    /// # Errors
    /// [`WorkflowTaskFailure`] if an error came before; inside, the [`Failure`] of an update that
    /// the program would reject.
    pub fn check_update(
        &mut self,
        request: &update::Request,
    ) -> Result<Result<(), Failure>, WorkflowTaskFailure> {
        match &self.failed {
            Some(failed) => Err((**failed).clone()),
            None => Ok(self.program.check_update(request)),
        }
    }

    /// The last event that was given to it; [`EventId::NONE`] before the first.
    pub fn last_event_id(&self) -> EventId {
        self.chunks.last_event_id()
    }

    fn guarded<T>(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<T, ReplayError>,
    ) -> Result<T, WorkflowTaskFailure> {
        if let Some(failed) = &self.failed {
            return Err((**failed).clone());
        }
        step(self).map_err(|error| {
            if let ReplayError::Nondeterminism(report) = &error {
                self.nondeterminism = Some(Box::new(report.clone()));
            }
            let failure = WorkflowTaskFailure::from(error);
            self.failed = Some(Box::new(failure.clone()));
            failure
        })
    }

    fn tell_all<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e HistoryEvent, IntoIter: Clone>,
    ) -> Result<(), ReplayError> {
        let mut events = events.into_iter();
        while let Some(event) = events.next() {
            self.tell(event, &events)?;
        }
        Ok(())
    }

    fn tell<'e>(
        &mut self,
        event: &HistoryEvent,
        rest: &(impl Iterator<Item = &'e HistoryEvent> + Clone),
    ) -> Result<(), ReplayError> {
        let due = self.chunks.handle_event(event)?;
        if let EventAttributes::Foreign(foreign) = &event.attributes
            && !foreign.worker_may_ignore
        {
            let message = format!(
                "it needs a later release, event_type={}",
                foreign.event_type
            );
            return Err(CorruptHistory::new(event.id, message).into());
        }
        if let EventAttributes::WorkflowTaskCompleted(completed) = &event.attributes {
            // Replay: the rules of a task are those its completion recorded, so they hold before
            // the program answers it again.
            let unknown_flag = |number| {
                let message = format!("it needs a later release, engine_flag={number}");
                CorruptHistory::new(event.id, message)
            };
            self.rules
                .record(&completed.sdk_metadata)
                .map_err(unknown_flag)?;
        }
        if let Some(started) = due {
            self.look_ahead(rest.clone())?;
            self.activate(started, true)?;
        }
        let noted = if event.event_type().is_command_event() {
            let rule = self.rules.identity_rule();
            self.requests.handle_command_event(event, rule)
        } else {
            self.take_note(event)
        };
        noted.map_err(|error| match error {
            // What a machine does not allow here, the program has asked for and history has not.
            ReplayError::IllegalTransition(_) => self.requests.diverge(event).into(),
            error => error,
        })
    }

    /// Adds what the completion of a workflow task wrote that its program had to be told.
    fn look_ahead<'e>(
        &mut self,
        written: impl Iterator<Item = &'e HistoryEvent>,
    ) -> Result<(), ReplayError> {
        Ok(look_ahead(
            written,
            &mut self.admitted,
            &mut self.requests,
            &mut self.jobs,
        )?)
    }

    /// Takes note of an event that no command caused.
    fn take_note(&mut self, event: &HistoryEvent) -> Result<(), ReplayError> {
        use EventAttributes as E;
        match &event.attributes {
            E::WorkflowExecutionStarted(started) => self.initialize(event, started),
            E::WorkflowTaskScheduled(_) => {
                self.requests.forget_patches();
                self.requests.check_still_open(event)?;
            }
            E::WorkflowTaskCompleted(_) => self.requests.handle_workflow_task_completed(),
            E::WorkflowTaskFailed(failed) => {
                if let Some(run_id) = failed.new_run_id.filter(|_| failed.is_reset()) {
                    self.jobs.push(ActivationJob::Reset {
                        run_id,
                        random_seed: random_seed(run_id),
                    });
                }
            }
            E::WorkflowExecutionSignaled(signal) => {
                let job = progress::job_of(signal, &self.requests.activities);
                self.jobs.push(job.ok_or_else(|| unknown_subject(event))?);
            }
            E::WorkflowExecutionCancelRequested(request) => self.jobs.push(ActivationJob::Cancel {
                cause: request.cause.clone(),
            }),
            E::WorkflowExecutionUpdateAdmitted(admitted) => {
                if let Some(request) = &admitted.request {
                    let update_id = request.update_id.clone();
                    self.admitted.insert(update_id, request.clone());
                    self.jobs.push_admitted(request.clone());
                }
            }
            E::TimerFired(fired) => {
                let compare_identity = self.rules.identity_rule() == IdentityRule::Compared;
                let timer = self
                    .requests
                    .timers
                    .handle_fired(fired, compare_identity)?
                    .ok_or_else(|| unknown_subject(event))?;
                self.jobs.push(ActivationJob::FireTimer { timer });
            }
            E::ActivityTaskStarted(started) => {
                let (scheduled, identity) = (started.scheduled_event_id, &started.identity);
                if !self.requests.activities.handle_started(scheduled, identity) {
                    return Err(unknown_subject(event).into());
                }
            }
            _ => self.take_note_of_outcome(event)?,
        }
        Ok(())
    }

    /// Takes note of what became of something that the program has asked for.
    fn take_note_of_outcome(&mut self, event: &HistoryEvent) -> Result<(), ReplayError> {
        let attributes = &event.attributes;
        let unknown = || unknown_subject(event);
        if let Some((initiated_event_id, resolution)) = externals::answer(attributes) {
            if (self.requests.others().children).handle_cancel_answer(initiated_event_id) {
                return Ok(());
            }
            let external = self
                .requests
                .others()
                .externals
                .handle_answer(initiated_event_id)?;
            self.jobs.push(ActivationJob::ResolveExternal {
                external: external.ok_or_else(unknown)?,
                resolution,
            });
        } else if let Some(ending) = ending(attributes) {
            let ended = self.requests.activities.handle_ending(&ending)?;
            let (activity, resolution) = ended.ok_or_else(unknown)?;
            self.jobs.push(ActivationJob::ResolveActivity {
                activity,
                resolution,
            });
        } else if let Some(news) = children::news(attributes) {
            let told = self.requests.others().children.handle_news(&news)?;
            self.jobs.push(match told.ok_or_else(unknown)? {
                Told::Start(child, resolution) => {
                    ActivationJob::ResolveChildStart { child, resolution }
                }
                Told::End(child, resolution) => ActivationJob::ResolveChild { child, resolution },
            });
        }
        Ok(())
    }

    fn initialize(&mut self, event: &HistoryEvent, started: &workflow_execution::Started) {
        self.requests.set_default_task_queue(&started.task_queue);
        self.jobs.push(ActivationJob::Initialize {
            info: Box::new(WorkflowInfo {
                execution: WorkflowExecution {
                    workflow_id: started.workflow_id.clone(),
                    run_id: self
                        .run_id
                        .unwrap_or(started.lineage.original_execution_run_id),
                },
                workflow_type: started.workflow_type.clone(),
                task_queue: started.task_queue.clone(),
                attempt: started.attempt,
                started_at: event.time,
                run_timeout: started.workflow_run_timeout,
                execution_timeout: started.workflow_execution_timeout,
                lineage: started.lineage.clone(),
                retry_policy: started.retry_policy.as_deref().cloned(),
                cron_schedule: started.cron_schedule.clone(),
                memo: started.memo.clone(),
                search_attributes: started.search_attributes.clone(),
            }),
            input: started.input.clone(),
            random_seed: random_seed(started.lineage.original_execution_run_id),
        });
    }

    fn activate(&mut self, task: StartedTask, replaying: bool) -> Result<(), ReplayError> {
        if let Some(local) = &mut self.requests.local {
            local.handle_task(task);
        }
        if replaying {
            // What a completed task has brought and is not accepted behind it was rejected.
            self.jobs.drop_rejected();
        }
        let jobs = self.jobs.take();
        self.run(task, replaying, jobs)?;
        // Replay: local activities resolve when the program has come to rest.
        // Bound: each turn takes a marker of the workflow task.
        loop {
            let resolved = self.requests.resolve_ahead(self.rules.identity_rule())?;
            if resolved.is_empty() {
                break;
            }
            self.run(task, replaying, resolved)?;
        }
        if let Some(local) = &mut self.requests.local {
            local.forget_ahead();
        }
        Ok(())
    }

    /// Tells the program jobs of a workflow task, until it has come to rest.
    fn run(
        &mut self,
        task: StartedTask,
        replaying: bool,
        mut jobs: Vec<ActivationJob>,
    ) -> Result<(), ReplayError> {
        // Bound: a further round needs an activity that was taken back, and takes none back twice.
        while !jobs.is_empty() {
            let activation = Activation {
                now: task.at,
                replaying,
                history_length: task.started_event_id.get(),
                history_size_bytes: task.history_size_bytes,
                suggest_continue_as_new: task.suggest_continue_as_new,
                started_event_id: task.started_event_id,
                jobs,
            };
            let commands = self
                .program
                .activate(activation)
                .map_err(|failure| ReplayError::Program(Box::new(failure)))?;
            for command in commands {
                if let ProgramCommand::ScheduleLocalActivity(_) = &command
                    && self.requests.local.is_none()
                {
                    self.requests.local_activities().handle_task(task);
                }
                if let Some(job) = self.requests.handle_command(command)? {
                    self.jobs.push(job);
                }
            }
            if let Some(local) = &mut self.requests.local {
                local.handle_activation();
            }
            jobs = self.jobs.take();
        }
        Ok(())
    }
}

fn unknown_subject(event: &HistoryEvent) -> Nondeterminism {
    Nondeterminism {
        divergence: Divergence::UnknownSubject,
        recorded: Recorded::new(event),
        attempted: None,
    }
}

fn ending(attributes: &EventAttributes) -> Option<Ending<'_>> {
    use EventAttributes as E;
    Some(match attributes {
        E::ActivityTaskCompleted(ended) => Ending {
            scheduled_event_id: ended.scheduled_event_id,
            started_event_id: ended.started_event_id,
            outcome: Outcome::Completed(&ended.result),
        },
        E::ActivityTaskFailed(ended) => Ending {
            scheduled_event_id: ended.scheduled_event_id,
            started_event_id: ended.started_event_id,
            outcome: Outcome::Failed(&ended.failure, ended.retry_state),
        },
        E::ActivityTaskTimedOut(ended) => Ending {
            scheduled_event_id: ended.scheduled_event_id,
            started_event_id: ended.started_event_id,
            outcome: Outcome::TimedOut(&ended.failure, ended.retry_state),
        },
        E::ActivityTaskCanceled(ended) => Ending {
            scheduled_event_id: ended.scheduled_event_id,
            started_event_id: ended.started_event_id,
            outcome: Outcome::Canceled(&ended.details),
        },
        _ => return None,
    })
}
