//! A run to act on: short names for messages, and checks after each of them.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    machine::{
        execution::{
            Draft, Effect, ExecutionState, Message, Rejection,
            decide::{
                self, AttemptOutcome, CompleteWorkflowTask, FailWorkflowTask, HeartbeatResponse,
                LastWords, RecordHeartbeat, ReportAttempt, SignalMessage, Start, StartActivityTask,
                StartWorkflowTask, StartedWorkflowTask, WorkflowTaskOutcome,
            },
        },
        task::WorkflowTaskFailure,
    },
    model::{
        Command, EventAttributes, EventId, EventType, Failure, Header, History, HistoryEvent,
        Identity, Payload, Payloads, RequestId, RunId, ScheduleActivityTask, SearchAttributeSchema,
        StartOptions, Timestamp, Transition, WorkflowExecution,
        event::{
            workflow_execution::Started,
            workflow_task::{FailedCause, SdkMetadata},
        },
    },
};

/// When every run starts.
pub(super) const START: Timestamp = Timestamp::from_secs(1_000);

/// The id of every run.
pub(super) const RUN: RunId = RunId::from_u128(42);

/// One run, everything written for it, and the time.
pub(super) struct Run {
    pub(super) state: ExecutionState,
    pub(super) now: Timestamp,
    /// All transitions so far.
    pub(super) transitions: Vec<Transition>,
    /// The effects of the last decision.
    pub(super) effects: Vec<Effect>,
    /// What the last decision has sent.
    pub(super) messages: Vec<Message>,
    /// The run that follows, if the last transition closed this one and one does.
    pub(super) successor: Option<Box<Started>>,
    folded: ExecutionState,
    history: History,
}

impl Run {
    /// No run yet.
    pub(super) fn absent() -> Self {
        Self::absent_under(RUN)
    }

    /// No run yet, under this id.
    pub(super) fn absent_under(run_id: RunId) -> Self {
        Self {
            state: ExecutionState::of_run(run_id),
            now: START,
            transitions: Vec::new(),
            effects: Vec::new(),
            messages: Vec::new(),
            successor: None,
            folded: ExecutionState::of_run(run_id),
            history: History::default(),
        }
    }

    /// A run that has just started.
    pub(super) fn started() -> Self {
        Self::started_with(StartOptions::default())
    }

    /// A run that has just started with these options.
    pub(super) fn started_with(options: StartOptions) -> Self {
        let mut run = Self::absent();
        run.start(options);
        run
    }

    /// Starts it.
    #[track_caller]
    pub(super) fn start(&mut self, options: StartOptions) {
        self.decide(|draft| decide::start(draft, start(options)))
            .expect("a start that is not refused");
    }

    /// What recovery decides in a process that runs none of the attempts.
    pub(super) fn lose_all_attempts(&mut self) {
        let running = self
            .state
            .pending_activities()
            .map(|activity| activity.scheduled_event_id);
        let running: Vec<_> = running.collect();
        self.decide(|draft| decide::lose_activity_attempts(draft, &running));
    }

    /// Decides, and checks what has to hold after every decision.
    #[track_caller]
    pub(super) fn decide<R>(&mut self, decide: impl FnOnce(&mut Draft<'_>) -> R) -> R {
        let before = self.state.clone();
        let mut draft = Draft::new(&mut self.state, self.now);
        let outcome = decide(&mut draft);
        let Some(sealed) = draft.seal() else {
            assert_eq!(self.state, before, "changed without a transition");
            self.effects.clear();
            self.messages.clear();
            return outcome;
        };
        assert_eq!(sealed.number, before.last_record().next());
        self.folded.apply(&sealed.transition);
        assert_eq!(self.folded, self.state, "fold and live state differ");
        assert_eq!(sealed.transition.wake, self.state.wake());
        let events = sealed.transition.events().cloned();
        self.history.events.extend(events);
        self.history
            .check_grammar()
            .expect("the grammar of histories");
        self.effects = sealed.effects;
        self.messages = sealed.messages;
        self.successor = sealed.successor;
        self.transitions.push(sealed.transition);
        outcome
    }

    /// Lets time pass, and nothing else.
    pub(super) fn wait(&mut self, duration: Duration) {
        self.now = self.now.after(duration);
    }

    /// Puts the clock back, which the run is told.
    pub(super) fn put_back(&mut self, step: Duration) {
        self.now = self.now.before(step);
        self.follow_clock(|_| step);
    }

    /// Puts the clock back while no process runs: what it has not shown yet counts from now.
    pub(super) fn put_back_unseen(&mut self, step: Duration) {
        let now = self.now.before(step);
        self.now = now;
        self.follow_clock(|at| at.since(now));
    }

    /// Tells the run by how much the clock was ahead at each moment.
    pub(super) fn follow_clock(&mut self, lead: impl Fn(Timestamp) -> Duration) {
        self.state.follow_clock(&lead);
        self.folded.follow_clock(&lead);
    }

    /// Lets time pass, and everything happen that falls due.
    #[track_caller]
    pub(super) fn pass(&mut self, duration: Duration) {
        self.wait(duration);
        self.decide(decide::pass_deadlines);
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// The number of events so far, to compare with later.
    pub(super) fn mark(&self) -> usize {
        self.history.len()
    }

    /// The types of the events since a mark.
    pub(super) fn since(&self, mark: usize) -> Vec<EventType> {
        let events = &self.history.events[mark..];
        events.iter().map(HistoryEvent::event_type).collect()
    }

    pub(super) fn last(&self) -> &EventAttributes {
        &self.history.events.last().expect("an event").attributes
    }

    /// The attributes of the last event that a function recognizes.
    #[track_caller]
    pub(super) fn find<T>(&self, pick: impl Fn(&EventAttributes) -> Option<T>) -> T {
        let mut attributes = self.history.events.iter().rev();
        attributes
            .find_map(|event| pick(&event.attributes))
            .expect("such an event")
    }

    #[track_caller]
    pub(super) fn start_task(&mut self) -> StartedWorkflowTask {
        self.decide(|draft| decide::start_workflow_task(draft, task_start()))
            .expect("a workflow task that can be started")
    }

    #[track_caller]
    pub(super) fn complete_task(&mut self, commands: Vec<Command>) -> WorkflowTaskOutcome {
        self.decide(|draft| decide::complete_workflow_task(draft, completion(commands)))
            .expect("a workflow task that has started")
    }

    /// Completes the workflow task that has started with this answer.
    #[track_caller]
    pub(super) fn complete(&mut self, answer: CompleteWorkflowTask) {
        self.decide(|draft| decide::complete_workflow_task(draft, answer))
            .expect("a workflow task that has started");
    }

    /// Ends the run over the head of its program.
    #[track_caller]
    pub(super) fn terminate(&mut self) {
        let message = decide::Terminate {
            reason: "enough".into(),
            details: Payloads::EMPTY,
            identity: worker(),
        };
        self.decide(|draft| decide::terminate(draft, message))
            .expect("an open run");
    }

    #[track_caller]
    pub(super) fn fail_task(&mut self) {
        self.decide(|draft| decide::fail_workflow_task(draft, task_failure()))
            .expect("a workflow task that has started");
    }

    /// A whole workflow task in one transition, as it runs within a process.
    #[track_caller]
    pub(super) fn task(&mut self, commands: Vec<Command>) -> WorkflowTaskOutcome {
        self.decide(|draft| {
            decide::start_workflow_task(draft, task_start())?;
            decide::complete_workflow_task(draft, completion(commands))
        })
        .expect("a workflow task that can be run")
    }

    /// Schedules an activity in a workflow task of its own.
    #[track_caller]
    pub(super) fn schedule(&mut self, activity: ScheduleActivityTask) -> EventId {
        let outcome = self.task(vec![Command::ScheduleActivityTask(activity)]);
        assert_eq!(outcome, WorkflowTaskOutcome::Completed);
        let scheduled = EventType::ActivityTaskScheduled;
        let mut events = self.history.events.iter().rev();
        let event = events.find(|event| event.event_type() == scheduled);
        event.expect("ActivityTaskScheduled").id
    }

    /// Starts the next attempt of an activity; returns its number.
    #[track_caller]
    pub(super) fn start_activity(&mut self, scheduled_event_id: EventId) -> u32 {
        self.try_start_activity(scheduled_event_id)
            .expect("an activity that can be started");
        let activity = self.state.pending_activity(scheduled_event_id);
        activity.expect("a pending activity").attempt
    }

    #[track_caller]
    pub(super) fn try_start_activity(
        &mut self,
        scheduled_event_id: EventId,
    ) -> Result<(), Rejection> {
        self.decide(|draft| {
            let message = StartActivityTask {
                scheduled_event_id,
                identity: worker(),
                request_id: RequestId::new("poll"),
            };
            decide::start_activity_task(draft, message)
        })
    }

    #[track_caller]
    pub(super) fn complete_activity(
        &mut self,
        scheduled_event_id: EventId,
        attempt: u32,
    ) -> Result<(), Rejection> {
        let done = AttemptOutcome::Completed(payloads("done"));
        self.report(scheduled_event_id, attempt, done)
    }

    #[track_caller]
    pub(super) fn fail_activity(
        &mut self,
        scheduled_event_id: EventId,
        attempt: u32,
        failure: Failure,
    ) -> Result<(), Rejection> {
        let failed = AttemptOutcome::Failed(Box::new(failure));
        self.report(scheduled_event_id, attempt, failed)
    }

    /// Reports what became of an attempt.
    #[track_caller]
    pub(super) fn report(
        &mut self,
        scheduled_event_id: EventId,
        attempt: u32,
        outcome: AttemptOutcome,
    ) -> Result<(), Rejection> {
        self.decide(|draft| {
            let message = ReportAttempt {
                scheduled_event_id,
                attempt,
                outcome,
                last_words: LastWords::default(),
                identity: worker(),
            };
            decide::report_attempt(draft, message)
        })
    }

    #[track_caller]
    pub(super) fn heartbeat(
        &mut self,
        scheduled_event_id: EventId,
        attempt: u32,
        details: &str,
    ) -> Result<HeartbeatResponse, Rejection> {
        self.decide(|draft| {
            let message = RecordHeartbeat {
                scheduled_event_id,
                attempt,
                details: payloads(details),
            };
            decide::record_heartbeat(draft, message)
        })
    }

    #[track_caller]
    pub(super) fn signal(&mut self, name: &str) {
        self.decide(|draft| decide::signal(draft, signal(name, "")))
            .expect("a signal that is accepted");
    }

    /// The attempt and the backoff of the workflow task that is pending.
    #[track_caller]
    pub(super) fn task_attempt(&self) -> u32 {
        self.state.workflow_task().expect("a workflow task").attempt
    }
}

pub(super) fn start(options: StartOptions) -> Start {
    Start {
        execution: WorkflowExecution {
            workflow_id: "order-42".into(),
            run_id: RUN,
        },
        workflow_type: "Fulfilment".into(),
        input: payloads("order"),
        options,
        identity: Identity::new("client"),
        request_id: RequestId::new("start"),
        signal: None,
        update: None,
        schema: SearchAttributeSchema::default(),
        parent: None,
        inheritance: None,
    }
}

pub(super) fn signal(name: &str, request_id: &str) -> SignalMessage {
    SignalMessage {
        header: Header::EMPTY,
        name: name.into(),
        input: Payloads::EMPTY,
        identity: Identity::new("client"),
        request_id: request_id.into(),
    }
}

pub(super) fn task_start() -> StartWorkflowTask {
    StartWorkflowTask {
        identity: worker(),
        request_id: RequestId::new("poll"),
    }
}

pub(super) fn completion(commands: Vec<Command>) -> CompleteWorkflowTask {
    CompleteWorkflowTask {
        commands,
        sdk_metadata: SdkMetadata::default(),
        dropped_signals: BTreeMap::new(),
        heartbeat: false,
        identity: worker(),
        schema: SearchAttributeSchema::default(),
        build_id: None,
        version: None,
    }
}

pub(super) fn task_failure() -> FailWorkflowTask {
    FailWorkflowTask {
        failure: WorkflowTaskFailure {
            cause: FailedCause::WorkflowWorkerUnhandledFailure,
            failure: Failure::application("it panicked", "Panic"),
        },
        identity: worker(),
    }
}

pub(super) fn worker() -> Identity {
    Identity::new("worker")
}

pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(super) fn payloads(text: &str) -> Payloads {
    Payload {
        data: text.to_owned().into(),
        ..Payload::default()
    }
    .into()
}

/// Payloads of this many bytes.
pub(super) fn bulky(bytes: usize) -> Payloads {
    payloads(&"x".repeat(bytes))
}

/// An activity that has a minute per attempt.
pub(super) fn activity(activity_id: &str) -> ScheduleActivityTask {
    ScheduleActivityTask {
        activity_id: activity_id.into(),
        activity_type: "charge".into(),
        input: payloads("card"),
        start_to_close_timeout: Some(secs(60)),
        ..ScheduleActivityTask::default()
    }
}

pub(super) fn schedule(activity: ScheduleActivityTask) -> Command {
    Command::ScheduleActivityTask(activity)
}

pub(super) fn start_timer(timer_id: &str, timeout: u64) -> Command {
    Command::StartTimer {
        user_metadata: None,
        timer_id: timer_id.into(),
        start_to_fire_timeout: secs(timeout),
    }
}

pub(super) fn cancel_timer(timer_id: &str) -> Command {
    Command::CancelTimer {
        timer_id: timer_id.into(),
    }
}

pub(super) fn cancel_activity(scheduled_event_id: EventId) -> Command {
    Command::RequestCancelActivityTask { scheduled_event_id }
}

pub(super) fn complete_run() -> Command {
    Command::CompleteWorkflowExecution {
        result: payloads("receipt"),
    }
}

pub(super) fn declined() -> Failure {
    Failure::application("card declined", "Declined")
}
