//! Runs a program of one workflow type; see the page of this folder.

use std::{cell::Ref, collections::BTreeMap, sync::Arc, task::Poll};

use derive_more::Debug;
use futures::future::LocalBoxFuture;

use super::{
    branches::Branches,
    dropped::DroppedSignals,
    failure,
    task::{Routine, Task},
    update,
};
use crate::{
    definition::Failure as _,
    interceptor::Interceptors,
    machine::{
        replay::{Activation, ActivationJob, Program, ProgramCommand, QueryFailure},
        task::WorkflowTaskFailure,
    },
    model::{
        Failure, FailureInfo, Payload, Payloads, QueryName, SignalName, WorkflowInfo, event,
        transition::SignalDropped,
    },
    panic::catch,
    workflow::{WorkflowContext, WorkflowHandlers},
};

/// Polls of one activation after which a program counts as restless.
const POLLS_MAX: u32 = 1_000_000;

/// A workflow in memory, as the program that a replayer drives.
#[derive(Debug)]
pub struct Driver<W: WorkflowHandlers> {
    interceptors: Interceptors,
    context: WorkflowContext<W>,
    main: Main<W>,
    /// Handlers that have not returned, in the order in which their messages came.
    handlers: Vec<Task<()>>,
    branches: Branches,
    dropped: DroppedSignals,
}

/// The main routine.
#[derive(Debug)]
enum Main<W: WorkflowHandlers> {
    /// It was not asked to begin.
    Absent,
    /// It begins when the messages of its activation are delivered.
    Ready(#[debug(skip)] W::Input),
    /// It waits.
    Running(Task<Result<W::Output, W::Error>>),
    /// It has returned, and the run closes.
    Returned,
}

impl<W: WorkflowHandlers> Default for Driver<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: WorkflowHandlers> Driver<W> {
    /// A program that has been told nothing yet.
    pub fn new() -> Self {
        Self::intercepted(Interceptors::NONE)
    }

    /// The same, whose calls these are told of.
    pub fn intercepted(interceptors: Interceptors) -> Self {
        Self {
            interceptors,
            context: WorkflowContext::new(),
            main: Main::Absent,
            handlers: Vec::new(),
            branches: Branches::default(),
            dropped: DroppedSignals::default(),
        }
    }

    fn take_activation(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        self.context.host().handle_activation(&activation);
        let mut messages = Vec::new();
        for job in activation.jobs {
            match job {
                ActivationJob::Initialize {
                    info,
                    input,
                    random_seed,
                } => self.initialize(*info, &input, random_seed)?,
                ActivationJob::Reset {
                    run_id,
                    random_seed,
                } => self.context.host().handle_reset(run_id, random_seed),
                ActivationJob::NotifyPatch { patch_id } => {
                    self.context.host().handle_patch_notified(patch_id);
                }
                // Replay: what has happened counts before any handler runs, so that no handler
                // gives up a timer that has fired.
                ActivationJob::FireTimer { timer } => {
                    self.context.host().handle_timer_fired(timer);
                }
                ActivationJob::ReportProgress { activity, value } => {
                    let host = self.context.host();
                    host.handle_activity_progress(activity, value);
                }
                ActivationJob::ResolveActivity {
                    activity,
                    resolution,
                } => self
                    .context
                    .host()
                    .handle_activity_resolved(activity, resolution),
                ActivationJob::ResolveLocalActivity {
                    activity,
                    resolution,
                } => {
                    let host = self.context.host();
                    host.handle_local_activity_resolved(activity, resolution);
                }
                ActivationJob::ResolveChildStart { child, resolution } => {
                    let host = self.context.host();
                    host.handle_child_start_resolved(child, resolution);
                }
                ActivationJob::ResolveChild { child, resolution } => {
                    self.context.host().handle_child_resolved(child, resolution);
                }
                ActivationJob::ResolveExternal {
                    external,
                    resolution,
                } => self
                    .context
                    .host()
                    .handle_external_resolved(external, resolution),
                message @ (ActivationJob::Signal { .. }
                | ActivationJob::Cancel { .. }
                | ActivationJob::Update { .. }) => {
                    messages.push(message);
                }
            }
        }
        for message in messages {
            self.deliver(message)?;
        }
        self.begin_main();
        let closing = self.run_until_quiescent()?;
        let host = self.context.host();
        if closing.is_some() {
            host.retract_dropped();
        }
        let mut commands = host.take_commands();
        commands.extend(closing);
        Ok(commands)
    }

    /// The same; a panic fails the workflow task.
    pub(super) fn take_caught(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        catch(|| self.take_activation(activation))
            .unwrap_or_else(|panic| Err(failure::program(failure::panicked(panic))))
    }

    pub(super) fn interceptors(&self) -> &Interceptors {
        &self.interceptors
    }

    pub(super) fn info(&self) -> Ref<'_, WorkflowInfo> {
        self.context.host().info.borrow()
    }

    fn initialize(
        &mut self,
        info: WorkflowInfo,
        input: &Payloads,
        random_seed: u64,
    ) -> Result<(), WorkflowTaskFailure> {
        let input: W::Input = input.decode().map_err(|error| {
            let message = format!("input of workflow {} is malformed: {error}", W::TYPE);
            failure::program(Failure::own(message, "MalformedInput"))
        })?;
        let host = self.context.host();
        host.reseed(random_seed);
        *host.info.borrow_mut() = info;
        self.context.set_state(W::init(&input));
        self.main = Main::Ready(input);
        Ok(())
    }

    fn deliver(&mut self, message: ActivationJob) -> Result<(), WorkflowTaskFailure> {
        match message {
            ActivationJob::Signal { name, input, .. } => self.deliver_signal(&name, &input),
            ActivationJob::Cancel { cause } => {
                self.context.cancel(cause);
                Ok(())
            }
            ActivationJob::Update { request, validate } => {
                if let Some(left) = update::deliver(&self.context, request, validate) {
                    self.begin_handler(Routine::Update(left.name), left.future);
                }
                self.check_fault()
            }
            ActivationJob::Initialize { .. }
            | ActivationJob::Reset { .. }
            | ActivationJob::NotifyPatch { .. }
            | ActivationJob::FireTimer { .. }
            | ActivationJob::ReportProgress { .. }
            | ActivationJob::ResolveActivity { .. }
            | ActivationJob::ResolveLocalActivity { .. }
            | ActivationJob::ResolveChildStart { .. }
            | ActivationJob::ResolveChild { .. }
            | ActivationJob::ResolveExternal { .. } => Ok(()),
        }
    }

    /// Hands a signal to its handler; drops it if there is none, or its input does not decode.
    ///
    /// One bad message keeps neither the run nor the messages behind it from going on.
    fn deliver_signal(
        &mut self,
        name: &SignalName,
        input: &Payloads,
    ) -> Result<(), WorkflowTaskFailure> {
        let known = W::SIGNALS
            .iter()
            .find(|signal| signal.name == name.as_str());
        let Some(signal) = known else {
            self.dropped.add(name, "the workflow has no handler for it");
            return Ok(());
        };
        let unfinished = match (signal.handle)(&self.context, input) {
            Ok(unfinished) => unfinished,
            Err(error) => {
                self.dropped
                    .add(name, &format!("its input is malformed: {error}"));
                return Ok(());
            }
        };
        if let Some(future) = unfinished {
            self.begin_handler(Routine::Signal(name.clone()), future);
        }
        self.check_fault()
    }

    /// Polls a handler for the first time, and keeps it if it does not return.
    fn begin_handler(&mut self, routine: Routine, future: LocalBoxFuture<'static, ()>) {
        let host = self.context.host();
        let mut task = Task::new(routine, future, &host.polling);
        host.handle_handler_begun();
        if matches!(task.poll_if_woken(&host.polling), Some(Poll::Ready(()))) {
            host.handle_handler_returned();
        } else {
            self.handlers.push(task);
        }
    }

    fn begin_main(&mut self) {
        self.main = match std::mem::replace(&mut self.main, Main::Absent) {
            Main::Ready(input) => {
                let future = W::run(self.context.clone(), input);
                let polling = &self.context.host().polling;
                Main::Running(Task::new(Routine::Main, future, polling))
            }
            main => main,
        };
    }

    /// Polls what was woken until nothing is; returns the closing command if the run closes.
    // Replay: handlers in the order of their messages, branches in the order of their begin, then the
    // main routine, and again; conditions are looked at when nothing else is left, and then what the
    // code waits for.
    fn run_until_quiescent(&mut self) -> Result<Option<ProgramCommand>, WorkflowTaskFailure> {
        // Bound: a program that wakes itself for ever is stopped, at the same poll in every replay.
        let mut polls_left = POLLS_MAX;
        loop {
            let mut polls = self.poll_handlers()?;
            polls += self.branches.poll(self.context.host());
            self.check_fault()?;
            if let Some(closing) = self.take_continued() {
                return Ok(Some(closing));
            }
            self.context.host().handle_main_poll();
            if let Main::Running(main) = &mut self.main
                && let Some(poll) = main.poll_if_woken(&self.context.host().polling)
            {
                polls += 1;
                self.check_fault()?;
                if let Some(closing) = self.take_continued() {
                    return Ok(Some(closing));
                }
                if let Poll::Ready(result) = poll {
                    return Ok(Some(self.close(result)));
                }
            }
            let rests = polls == 0 && !self.context.host().take_state_changed();
            if rests && !self.look_for_strangers()? {
                return Ok(None);
            }
            polls_left = polls_left.saturating_sub(polls.max(1));
            if polls_left == 0 {
                return Err(failure::program(failure::restless(&self.subject())));
            }
        }
    }

    fn poll_handlers(&mut self) -> Result<u32, WorkflowTaskFailure> {
        let mut polls = 0;
        let mut index = 0;
        while let Some(task) = self.handlers.get_mut(index) {
            let poll = task.poll_if_woken(&self.context.host().polling);
            polls += u32::from(poll.is_some());
            if matches!(poll, Some(Poll::Ready(()))) {
                self.handlers.remove(index);
                self.context.host().handle_handler_returned();
            } else {
                index += 1;
            }
            self.check_fault()?;
        }
        Ok(polls)
    }

    /// Fails if a task waits for what sempre does not bring; says whether one was woken for a
    /// second look.
    fn look_for_strangers(&mut self) -> Result<bool, WorkflowTaskFailure> {
        let polling = &self.context.host().polling;
        // Another thread may have taken its clone of a waker already.
        self.check_wakes()?;
        let mut looks_again = Ok(false);
        for handler in &mut self.handlers {
            looks_again = looks_again.and_then(|again| Ok(handler.examine(polling)? || again));
        }
        looks_again = looks_again.and_then(|again| Ok(self.branches.examine(polling)? || again));
        if let Main::Running(main) = &mut self.main {
            looks_again = looks_again.and_then(|again| Ok(main.examine(polling)? || again));
        }
        looks_again.map_err(|stray| failure::program(failure::stray(&self.subject(), &stray)))
    }

    fn check_wakes(&self) -> Result<(), WorkflowTaskFailure> {
        if self.context.host().polling.wakes.were_from_outside() {
            return Err(failure::program(failure::woken_from_outside(
                &self.subject(),
            )));
        }
        Ok(())
    }

    fn subject(&self) -> failure::Subject {
        let info = self.context.host().info.borrow();
        failure::Subject {
            workflow_type: W::TYPE,
            workflow_id: info.execution.workflow_id.clone(),
        }
    }

    fn close(&mut self, result: Result<W::Output, W::Error>) -> ProgramCommand {
        let command = match result {
            Ok(output) => match Payloads::encode_readable(&output) {
                Ok(result) => ProgramCommand::Complete { result },
                // Every attempt of the task would come to the same result, and whoever waits for it
                // would wait for ever.
                Err(error) => ProgramCommand::Fail {
                    failure: failure::unwritable_result(W::TYPE, &error),
                },
            },
            Err(error) => {
                let failure = error.to_failure();
                if self.context.is_canceled() && failure.is_canceled() {
                    let details = cancellation_details(&failure);
                    ProgramCommand::Cancel { details }
                } else {
                    ProgramCommand::Fail { failure }
                }
            }
        };
        self.end(command)
    }

    /// The command that closes the run because its code has asked for another in its place.
    fn take_continued(&mut self) -> Option<ProgramCommand> {
        let asked = self.context.host().take_continued()?;
        Some(self.end(ProgramCommand::ContinueAsNew(asked)))
    }

    /// Lets nothing of the program run any more; the command is what closes its run.
    fn end(&mut self, command: ProgramCommand) -> ProgramCommand {
        let host = self.context.host();
        if !self.handlers.is_empty() && !self.context.is_replaying() {
            let execution = self.context.info().execution;
            tracing::warn!(
                workflow_id = %execution.workflow_id,
                run_id = %execution.run_id,
                unfinished = self.handlers.len(),
                "workflow closes before its handlers have returned; wait for \
                 ctx.all_handlers_finished() first"
            );
        }
        host.silence();
        self.main = Main::Returned;
        self.handlers.clear();
        self.branches.clear();
        command
    }

    fn check_fault(&self) -> Result<(), WorkflowTaskFailure> {
        match self.context.host().take_fault() {
            Some(fault) => Err(failure::program(fault)),
            None => Ok(()),
        }
    }
}

impl<W: WorkflowHandlers> Program for Driver<W> {
    fn activate(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        let wakes = Arc::clone(&self.context.host().polling.wakes);
        if wakes.were_from_outside() {
            return Err(failure::program(failure::woken_from_outside(
                &self.subject(),
            )));
        }
        let _activating = wakes.activate();
        if activation.replaying {
            return self.take_caught(activation);
        }
        self.take_intercepted(activation)
    }

    fn dropped_signals(&self) -> &BTreeMap<SignalName, SignalDropped> {
        self.dropped.by_name()
    }

    fn check_update(&mut self, request: &event::update::Request) -> Result<(), Failure> {
        update::check(&self.context, request)
    }

    fn query(&mut self, name: &QueryName, input: &Payloads) -> Result<Payload, QueryFailure> {
        let known = W::QUERIES.iter().find(|query| query.name == name.as_str());
        let Some(query) = known else {
            let known: Vec<&str> = W::QUERIES.iter().map(|query| query.name).collect();
            return Err(QueryFailure::UnknownQuery {
                known: known.join(", "),
            });
        };
        if !self.context.has_state() {
            return Err(QueryFailure::HandlerFailed {
                message: "the workflow has not begun".into(),
            });
        }
        let answer = || self.context.state(|state| (query.answer)(state, input));
        self.answer_intercepted(name, answer)
    }
}

impl<W: WorkflowHandlers> Drop for Driver<W> {
    fn drop(&mut self) {
        self.context.host().silence();
        let wakes = Arc::clone(&self.context.host().polling.wakes);
        let _activating = wakes.activate();
        // A destructor of the user's that panics must not take the thread of the run with it.
        let dropped = catch(|| {
            self.main = Main::Returned;
            self.handlers.clear();
            self.branches.clear();
            drop(self.context.host().take_spawned());
            drop(self.context.take_state());
        });
        if let Err(panic) = dropped {
            let subject = self.subject();
            tracing::warn!(
                workflow_id = %subject.workflow_id,
                workflow_type = subject.workflow_type,
                %panic,
                "a destructor in workflow code panicked"
            );
        }
    }
}

/// What a canceled workflow has to say about its cancellation.
fn cancellation_details(failure: &Failure) -> Payloads {
    failure
        .chain()
        .find_map(|failure| match &failure.info {
            FailureInfo::Canceled(canceled) => Some(canceled.details.clone()),
            _ => None,
        })
        .unwrap_or_default()
}
