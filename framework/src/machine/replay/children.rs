//! The children of one run: which event each of the program's numbers stands for.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    machine::replay::{
        ChildResolution, ChildSequence, ChildStart,
        life_cycle::{
            IllegalTransition,
            child::{Effect, Input, State, step},
        },
    },
    model::{
        ChildWorkflowFailureInfo, EventAttributes, EventId, Failure, FailureInfo, Payloads,
        RequestCancelExternalWorkflow, RetryState, RunId, TerminatedFailureInfo, TimeoutType,
        WorkflowExecution, WorkflowId, WorkflowType,
        event::child_workflow::{self as child, StartFailedCause},
    },
};

/// What a failure says whose child failed, as Temporal's SDKs have it.
const FAILED: &str = "Child Workflow execution failed";
/// The type of the failure of a child whose id is taken.
pub(crate) const ALREADY_STARTED: &str = "WorkflowAlreadyStarted";

/// The children that have not ended.
#[derive(Default, Debug)]
pub(super) struct Children {
    open: BTreeMap<ChildSequence, Child>,
    initiated: BTreeMap<EventId, ChildSequence>,
    /// The wishes that a child stops which were not answered.
    cancellations: BTreeSet<EventId>,
    last: Option<ChildSequence>,
}

#[derive(Debug)]
struct Child {
    state: State,
    /// Its id, and its first run once that is known.
    execution: WorkflowExecution,
    workflow_type: WorkflowType,
}

/// What history says about a child that was asked for.
pub(super) enum News<'e> {
    Started(&'e child::Started),
    StartFailed(&'e child::StartFailed),
    Ended(Ending<'e>),
}

/// An event that ends the chain of runs of a child.
pub(super) struct Ending<'e> {
    initiated_event_id: EventId,
    started_event_id: EventId,
    execution: &'e WorkflowExecution,
    outcome: Outcome<'e>,
}

/// How a child ended, as its event has it.
enum Outcome<'e> {
    Completed(&'e Payloads),
    Failed(&'e Failure, RetryState),
    Canceled(&'e Payloads),
    TimedOut(RetryState),
    Terminated,
}

/// What the program is told about a child.
pub(super) enum Told {
    Start(ChildSequence, ChildStart),
    End(ChildSequence, ChildResolution),
}

impl Children {
    /// The program asks for a child.
    pub(super) fn handle_request(
        &mut self,
        sequence: ChildSequence,
        workflow_id: WorkflowId,
        workflow_type: WorkflowType,
    ) {
        self.last = self.last.max(Some(sequence));
        let child = Child {
            state: State::Requested,
            execution: WorkflowExecution {
                workflow_id,
                run_id: RunId::default(),
            },
            workflow_type,
        };
        self.open.insert(sequence, child);
    }

    /// Whether the program has used this number, or a later one, before.
    pub(super) fn knows(&self, sequence: ChildSequence) -> bool {
        Some(sequence) <= self.last
    }

    /// History says that a child is asked for.
    pub(super) fn handle_initiated(
        &mut self,
        sequence: ChildSequence,
        event_id: EventId,
    ) -> Result<(), IllegalTransition> {
        self.handle(sequence, Input::Recorded)?;
        self.initiated.insert(event_id, sequence);
        Ok(())
    }

    /// The program wants a child to stop; says what that takes.
    pub(super) fn handle_cancel_requested(
        &mut self,
        sequence: ChildSequence,
        reason: String,
    ) -> Result<Cancellation, IllegalTransition> {
        let execution = self.open.get(&sequence).map(|it| it.execution.clone());
        Ok(match self.handle(sequence, Input::CancelRequested)? {
            Some(Effect::RequestCancel) => Cancellation::Request(RequestCancelExternalWorkflow {
                workflow_execution: execution.unwrap_or_default(),
                reason,
                child_workflow_only: true,
            }),
            Some(Effect::Retract) => Cancellation::Retract,
            Some(Effect::ResolveStart | Effect::Resolve) | None => Cancellation::Nothing,
        })
    }

    /// History says that a child is asked to stop.
    pub(super) fn handle_cancel_initiated(&mut self, event_id: EventId) {
        self.cancellations.insert(event_id);
    }

    /// History says what became of the wish that a child stops; `false` if it was none of a child.
    ///
    /// The program is not told: it waits for the child.
    pub(super) fn handle_cancel_answer(&mut self, initiated_event_id: EventId) -> bool {
        self.cancellations.remove(&initiated_event_id)
    }

    /// History says something about a child; `None` if that is unknown.
    pub(super) fn handle_news(
        &mut self,
        news: &News<'_>,
    ) -> Result<Option<Told>, IllegalTransition> {
        let initiated_event_id = match news {
            News::Started(it) => it.initiated_event_id,
            News::StartFailed(it) => it.initiated_event_id,
            News::Ended(it) => it.initiated_event_id,
        };
        let Some(&sequence) = self.initiated.get(&initiated_event_id) else {
            return Ok(None);
        };
        Ok(Some(match news {
            News::Started(started) => {
                self.handle(sequence, Input::Started)?;
                if let Some(child) = self.open.get_mut(&sequence) {
                    child.execution.clone_from(&started.workflow_execution);
                }
                let execution = started.workflow_execution.clone();
                Told::Start(sequence, ChildStart::Started(execution))
            }
            News::StartFailed(failed) => {
                self.handle(sequence, Input::StartFailed)?;
                self.initiated.remove(&initiated_event_id);
                let failure = Box::new(not_started(failed));
                Told::Start(sequence, ChildStart::Failed(failure))
            }
            News::Ended(ending) => {
                let child = self.open.get(&sequence);
                let workflow_type = child.map(|it| it.workflow_type.clone());
                self.handle(sequence, Input::Ended)?;
                self.initiated.remove(&initiated_event_id);
                Told::End(
                    sequence,
                    ending.resolution(workflow_type.unwrap_or_default()),
                )
            }
        }))
    }

    fn handle(
        &mut self,
        sequence: ChildSequence,
        input: Input,
    ) -> Result<Option<Effect>, IllegalTransition> {
        let child = self.open.get(&sequence);
        let step = step(child.map_or(State::Done, |it| it.state), input)?;
        if step.next == State::Done {
            self.open.remove(&sequence);
        } else if let Some(child) = self.open.get_mut(&sequence) {
            child.state = step.next;
        }
        Ok(step.effect)
    }
}

/// What the wish that a child stops takes.
pub(super) enum Cancellation {
    /// To ask it.
    Request(RequestCancelExternalWorkflow),
    /// To take the command back that asks for it.
    Retract,
    /// Nothing: it has ended.
    Nothing,
}

impl Ending<'_> {
    fn resolution(&self, workflow_type: WorkflowType) -> ChildResolution {
        let (cause, retry_state) = match &self.outcome {
            Outcome::Completed(result) => {
                return ChildResolution::Completed((*result).clone());
            }
            Outcome::Failed(failure, retry_state) => ((*failure).clone(), *retry_state),
            Outcome::Canceled(details) => {
                let cause = Failure::canceled("canceled", (*details).clone());
                (cause, RetryState::NonRetryableFailure)
            }
            Outcome::TimedOut(retry_state) => {
                let cause = Failure::timeout("workflow timed out", TimeoutType::StartToClose);
                (cause, *retry_state)
            }
            Outcome::Terminated => {
                let info = FailureInfo::Terminated(TerminatedFailureInfo::default());
                let cause = Failure::new("workflow was terminated", info);
                (cause, RetryState::NonRetryableFailure)
            }
        };
        let info = ChildWorkflowFailureInfo {
            workflow_execution: self.execution.clone(),
            workflow_type,
            initiated_event_id: self.initiated_event_id,
            started_event_id: self.started_event_id,
            retry_state,
        };
        let failure = Failure::new(FAILED, FailureInfo::ChildWorkflow(info)).with_cause(cause);
        ChildResolution::Failed(Box::new(failure))
    }
}

/// The failure of a child that was not started.
fn not_started(failed: &child::StartFailed) -> Failure {
    let cause = match failed.cause {
        StartFailedCause::WorkflowAlreadyExists => {
            Failure::application("Workflow execution already started", ALREADY_STARTED)
        }
        cause => Failure::server(format!("child workflow was not started cause={cause}")),
    };
    let info = ChildWorkflowFailureInfo {
        workflow_execution: WorkflowExecution {
            workflow_id: failed.workflow_id.clone(),
            run_id: RunId::default(),
        },
        workflow_type: failed.workflow_type.clone(),
        initiated_event_id: failed.initiated_event_id,
        started_event_id: EventId::NONE,
        retry_state: RetryState::NonRetryableFailure,
    };
    Failure::new(FAILED, FailureInfo::ChildWorkflow(info)).with_cause(cause)
}

/// The failure of a child that is given up without waiting for its end.
pub(crate) fn canceled(
    execution: WorkflowExecution,
    workflow_type: WorkflowType,
    cause: Failure,
) -> Failure {
    let info = ChildWorkflowFailureInfo {
        workflow_execution: execution,
        workflow_type,
        retry_state: RetryState::NonRetryableFailure,
        ..ChildWorkflowFailureInfo::default()
    };
    Failure::new(FAILED, FailureInfo::ChildWorkflow(info)).with_cause(cause)
}

/// What this event says about a child, if it says something.
pub(super) fn news(attributes: &EventAttributes) -> Option<News<'_>> {
    use EventAttributes as E;
    let ending = |initiated, started, execution, outcome| {
        News::Ended(Ending {
            initiated_event_id: initiated,
            started_event_id: started,
            execution,
            outcome,
        })
    };
    Some(match attributes {
        E::ChildWorkflowExecutionStarted(it) => News::Started(it),
        E::StartChildWorkflowExecutionFailed(it) => News::StartFailed(it),
        E::ChildWorkflowExecutionCompleted(it) => ending(
            it.initiated_event_id,
            it.started_event_id,
            &it.workflow_execution,
            Outcome::Completed(&it.result),
        ),
        E::ChildWorkflowExecutionFailed(it) => ending(
            it.initiated_event_id,
            it.started_event_id,
            &it.workflow_execution,
            Outcome::Failed(&it.failure, it.retry_state),
        ),
        E::ChildWorkflowExecutionCanceled(it) => ending(
            it.initiated_event_id,
            it.started_event_id,
            &it.workflow_execution,
            Outcome::Canceled(&it.details),
        ),
        E::ChildWorkflowExecutionTimedOut(it) => ending(
            it.initiated_event_id,
            it.started_event_id,
            &it.workflow_execution,
            Outcome::TimedOut(it.retry_state),
        ),
        E::ChildWorkflowExecutionTerminated(it) => ending(
            it.initiated_event_id,
            it.started_event_id,
            &it.workflow_execution,
            Outcome::Terminated,
        ),
        _ => return None,
    })
}
