//! One run, moved by hand: both machines, and nothing of threads, stores and clocks.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, Timestamp, Workflow, WorkflowContext, activity, handlers,
    machine::{
        execution::{
            Draft, ExecutionState, LinePlace, Sealed,
            decide::{
                self, AttemptOutcome, CompleteWorkflowTask, LastWords, ReportAttempt, Start,
                StartActivityTask, StartWorkflowTask,
            },
        },
        replay::Replayer,
        task::WorkflowTask,
    },
    model::{
        HistoryEvent, Identity, Payloads, RequestId, RunId, SearchAttributeSchema, StartOptions,
        WorkflowExecution, WorkflowId, WorkflowType,
    },
    workflow::Driver,
};

use crate::Outcome;

/// More steps than any case takes.
const STEPS: u32 = 1_000;
/// When the run starts.
const START: Timestamp = Timestamp::from_secs(1_000);
/// From one transition to the next.
const STEP: Duration = Duration::from_micros(250);

#[activity(start_to_close = "1m")]
async fn nothing(number: u32) -> u32 {
    number
}

/// One activity after the other.
#[derive(Workflow, Default)]
pub(crate) struct Steps;

#[handlers]
impl Steps {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: u32) -> Result<u32, ActivityError<Infallible>> {
        let mut sum = 0;
        for step in 0..steps {
            sum += ctx.activity(nothing, step).await?;
        }
        Ok(sum)
    }
}

/// One run and its program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    /// The history so far.
    pub(crate) events: Vec<HistoryEvent>,
    state: ExecutionState,
    program: Program,
    now: Timestamp,
}

/// The program, and the events that it has not been told yet.
#[derive(Debug)]
struct Program {
    replayer: Replayer,
    unseen: Vec<HistoryEvent>,
}

impl Run {
    /// A run that has taken this many steps.
    pub(crate) fn with_steps(steps: u32) -> Outcome<Self> {
        let id = RunId::from_u128(1);
        let mut run = Self {
            id,
            events: Vec::new(),
            state: ExecutionState::of_run(id),
            program: Program {
                replayer: Replayer::new(Box::new(Driver::<Steps>::new())),
                unseen: Vec::new(),
            },
            now: START,
        };
        let start = Start {
            execution: WorkflowExecution {
                workflow_id: WorkflowId::new("counted"),
                run_id: id,
            },
            workflow_type: WorkflowType::new(Steps::TYPE),
            input: Payloads::encode(&STEPS)?,
            options: StartOptions::default(),
            identity: identity(),
            request_id: RequestId::new("start"),
            signal: None,
            update: None,
            schema: SearchAttributeSchema::default(),
            parent: None,
            inheritance: None,
        };
        run.decide(|draft| Ok(decide::start(draft, start)?))?;
        for _ in 0..steps {
            run.step()?;
        }
        Ok(run)
    }

    /// The running activity ends, and everything follows that follows in one transition.
    pub(crate) fn step(&mut self) -> Outcome<Sealed> {
        let mut pending = self.state.pending_activities();
        let activity = pending.next().ok_or("an activity runs")?;
        let report = ReportAttempt {
            scheduled_event_id: activity.scheduled_event_id,
            attempt: activity.attempt,
            outcome: AttemptOutcome::Completed(Payloads::encode(&1_u32)?),
            last_words: LastWords::default(),
            identity: identity(),
        };
        drop(pending);
        self.decide(|draft| Ok(decide::report_attempt(draft, report)?))
    }

    /// Decides on a message, runs the workflow tasks that it causes and starts the activities that
    /// these ask for, as the actor of an execution does.
    fn decide(&mut self, message: impl FnOnce(&mut Draft<'_>) -> Outcome) -> Outcome<Sealed> {
        self.now = self.now.after(STEP);
        let mut draft = Draft::new(&mut self.state, self.now);
        message(&mut draft)?;
        let mut observed = 0;
        while draft.state().workflow_task_is_startable(draft.now()) {
            let start = StartWorkflowTask {
                identity: identity(),
                request_id: RequestId::default(),
            };
            decide::start_workflow_task(&mut draft, start)?;
            observed = self.program.observe(&draft, observed);
            let complete = self.program.answer()?;
            decide::complete_workflow_task(&mut draft, complete)?;
        }
        let startable = draft
            .state()
            .startable_activities(LinePlace::default(), draft.now());
        let startable: Vec<_> = startable.map(|(_, it)| it.scheduled_event_id).collect();
        for scheduled_event_id in startable {
            let start = StartActivityTask {
                scheduled_event_id,
                identity: identity(),
                request_id: RequestId::default(),
            };
            decide::start_activity_task(&mut draft, start)?;
        }
        self.program.observe(&draft, observed);
        let sealed = draft.seal().ok_or("the message changes something")?;
        self.events.extend(sealed.transition.events().cloned());
        Ok(sealed)
    }
}

impl Program {
    /// Takes note of the events of a draft behind those it knows; returns how many it knows now.
    fn observe(&mut self, draft: &Draft<'_>, known: usize) -> usize {
        self.unseen.extend(draft.events().skip(known).cloned());
        draft.events().count()
    }

    fn answer(&mut self) -> Outcome<CompleteWorkflowTask> {
        let events = std::mem::take(&mut self.unseen);
        let task = WorkflowTask::from(events);
        let answer = self.replayer.handle_workflow_task(&task);
        let answer = answer.map_err(|failure| failure.failure.to_string())?;
        Ok(CompleteWorkflowTask {
            commands: answer.commands,
            sdk_metadata: answer.sdk_metadata,
            dropped_signals: answer.dropped_signals,
            heartbeat: false,
            identity: identity(),
            schema: SearchAttributeSchema::default(),
            build_id: None,
            version: None,
        })
    }
}

fn identity() -> Identity {
    Identity::new("sempre-1")
}
