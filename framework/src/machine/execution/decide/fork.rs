//! Fork: a run begins that goes on from another one which is reset.
//!
//! Its history reads: the events that are kept, `WorkflowTaskFailed` for the workflow task that is
//! pending behind them, what is taken along of what came later, and the next `WorkflowTaskScheduled`.
//!
//! | of what came later | is taken along |
//! |---|---|
//! | signals, updates that were accepted | unless that is declined |
//! | what others have answered to what was asked of them before, the ends of children included | always, because it has happened |
//! | ends of activities, firings of timers, cancel requests, everything the program has asked for | never |
//!
//! Activities that were not over begin anew; one that was asked to stop is canceled, because nobody runs
//! it any more.

use crate::{
    machine::execution::{
        Draft, Rejection, SERVICE, decide::complete_workflow_task::not_started,
        draft::point_at_start,
    },
    model::{
        EventAttributes, EventId, Failure, FailureInfo, HistoryEvent, Identity, ProgressMark,
        Reapplied, RequestId, ResetWorkflowFailureInfo, RunId,
        event::{
            activity_task, update,
            workflow_task::{self, FailedCause},
        },
        transition::{Forked, Origin},
    },
};

/// Starts a run that goes on from another one.
#[derive(Clone, PartialEq, Debug)]
pub struct Fork {
    /// The run that is reset.
    pub base_run_id: RunId,
    /// Its events that are kept; a workflow task is pending behind them.
    pub kept: Vec<HistoryEvent>,
    /// Which runs have recorded those first.
    pub origins: Vec<Origin>,
    /// What came later.
    pub later: Vec<EventAttributes>,
    /// What of that is taken along.
    pub reapplied: Reapplied,
    /// Why it is reset.
    pub reason: String,
    /// The request that asks for it.
    pub request_id: RequestId,
}

/// Writes the beginning of a run that goes on from another one.
pub fn fork(draft: &mut Draft<'_>, message: Fork) -> Result<(), Rejection> {
    if draft.state().started().is_some() {
        return Err(Rejection::AlreadyStarted {
            status: draft.state().status(),
        });
    }
    draft.change(Forked {
        origins: message.origins,
        request_id: message.request_id,
    });
    for event in message.kept {
        draft.copy(event);
    }
    fail_workflow_task(draft, message.base_run_id, message.reason)?;
    cancel_activities(draft);
    let mut reapplication = Reapplication {
        what: message.reapplied,
        starts: Vec::new(),
    };
    for attributes in message.later {
        reapplication.take(draft, attributes);
    }
    draft.follow_up_at_once();
    draft.deliver_all();
    Ok(())
}

fn fail_workflow_task(
    draft: &mut Draft<'_>,
    base_run_id: RunId,
    reason: String,
) -> Result<(), Rejection> {
    let task = draft.state().workflow_task();
    let (scheduled_event_id, start) = task
        .map(|task| (task.scheduled_event_id, task.started.as_ref()))
        .ok_or(Rejection::NotFound {
            what: "workflow task",
        })?;
    let started_event_id = match start.map(|start| start.started_event_id) {
        Some(started) => started,
        // What has started nobody has run, so the service says that it has.
        None => draft.write(workflow_task::Started {
            scheduled_event_id,
            identity: Identity::new(SERVICE),
            request_id: RequestId::default(),
            suggest_continue_as_new: draft.state().suggest_continue_as_new(),
            history_size_bytes: draft.state().history_size_bytes(),
        }),
    };
    let info = FailureInfo::ResetWorkflow(ResetWorkflowFailureInfo::default());
    draft.write(workflow_task::Failed {
        scheduled_event_id,
        started_event_id,
        cause: FailedCause::ResetWorkflow,
        failure: Some(Box::new(Failure {
            source: String::new(),
            ..Failure::new(reason, info)
        })),
        identity: Identity::new(SERVICE),
        base_run_id: Some(base_run_id),
        new_run_id: Some(draft.state().run_id()),
    });
    Ok(())
}

/// Ends the activities that were asked to stop.
fn cancel_activities(draft: &mut Draft<'_>) {
    let pending = draft.state().pending_activities();
    let asked = pending.filter_map(|activity| {
        let requested = activity.cancel_requested?;
        Some((activity.scheduled_event_id, requested))
    });
    let asked: Vec<(EventId, EventId)> = asked.collect();
    for (scheduled_event_id, latest_cancel_requested_event_id) in asked {
        draft.write(activity_task::Canceled {
            details: not_started(),
            latest_cancel_requested_event_id,
            scheduled_event_id,
            started_event_id: EventId::NONE,
            identity: Identity::default(),
        });
    }
}

/// Takes along what came after the point of a reset.
struct Reapplication {
    what: Reapplied,
    /// The events that say that a child was started, by those that have asked for it.
    starts: Vec<(EventId, EventId)>,
}

impl Reapplication {
    fn take(&mut self, draft: &mut Draft<'_>, attributes: EventAttributes) {
        use EventAttributes as E;
        match attributes {
            // What an attempt has reported is of no use to those of another run.
            E::WorkflowExecutionSignaled(signal) if ProgressMark::of(&signal).is_some() => {}
            E::WorkflowExecutionSignaled(signal) if self.what.signals => {
                draft.write(signal);
            }
            E::WorkflowExecutionUpdateAdmitted(admitted) if self.what.updates => {
                draft.write(admitted);
            }
            E::WorkflowExecutionUpdateAccepted(accepted) if self.what.updates => {
                // Where there is no request, an event before it has it.
                if let Some(request) = accepted.accepted_request {
                    draft.write(update::Admitted {
                        request: Some(request),
                    });
                }
            }
            answer => self.take_answer(draft, answer),
        }
    }

    /// Takes along what others have answered to what the new run has asked of them, too.
    fn take_answer(&mut self, draft: &mut Draft<'_>, mut answer: EventAttributes) {
        if let Some(child) = answer.ended_child() {
            if draft.state().pending_child(child).is_some() {
                point_at_start(&mut answer, &self.starts);
                draft.write(answer);
            }
        } else if draft.state().awaits(&answer) {
            let started = match &answer {
                EventAttributes::ChildWorkflowExecutionStarted(it) => Some(it.initiated_event_id),
                _ => None,
            };
            let event_id = draft.write(answer);
            self.starts.extend(started.map(|child| (child, event_id)));
        }
    }
}
