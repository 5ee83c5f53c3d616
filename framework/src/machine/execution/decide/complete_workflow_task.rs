//! Complete a workflow task: the program answered with commands, and they become events.
//!
//! Afterwards the history reads: `WorkflowTaskCompleted`, one event per command, what was buffered
//! meanwhile, and if that is anything, or local activities are under way, the next
//! `WorkflowTaskScheduled`.

use std::collections::BTreeMap;

use crate::{
    machine::execution::{
        Draft, Effect, Rejection, close,
        command::{Preparation, Prepared, Refusal},
        workflow_task::{TaskEnd, transient_events},
    },
    model::{
        BuildId, Command, EventAttributes, EventId, Failure, FailureInfo, Identity, Payload,
        Payloads, SearchAttributeSchema, ServerFailureInfo, SignalName, WorkflowVersion,
        event::{
            activity_task,
            workflow_task::{self, FailedCause, SdkMetadata},
        },
        transition::SignalDropped,
    },
};

/// Reports the program's answer to the workflow task that has started.
#[derive(Clone, PartialEq, Debug)]
pub struct CompleteWorkflowTask {
    /// What the program asks for, in order.
    pub commands: Vec<Command>,
    /// By which rules it was run.
    pub sdk_metadata: SdkMetadata,
    /// All signals so far that the program did not take.
    pub dropped_signals: BTreeMap<SignalName, SignalDropped>,
    /// Whether the program is not done: the next workflow task is to follow at once, as long as local
    /// activities run.
    pub heartbeat: bool,
    /// Who ran it.
    pub identity: Identity,
    /// Which search attributes there are.
    pub schema: SearchAttributeSchema,
    /// The build that ran it, if that has a name.
    pub build_id: Option<BuildId>,
    /// The version of the code that ran it, if that states one.
    pub version: Option<WorkflowVersion>,
}

/// Whether the program's answer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WorkflowTaskOutcome {
    /// It does: its commands are events now.
    Completed,
    /// It does not: the task has failed and the program has to start over from the history.
    Failed {
        /// Why.
        cause: FailedCause,
    },
}

/// Ends the workflow task that has started with the program's answer.
///
/// A faulty command, or closing a run on events it has not seen, fails the task as a whole; the
/// recorded failure says which command it was.
pub fn complete_workflow_task(
    draft: &mut Draft<'_>,
    message: CompleteWorkflowTask,
) -> Result<WorkflowTaskOutcome, Rejection> {
    let state = draft.state();
    state.check_open()?;
    let task = state.workflow_task();
    let ids = task.and_then(|task| {
        let start = task.started.as_ref()?;
        Some((task.scheduled_event_id, start.started_event_id))
    });
    let (scheduled_event_id, started_event_id) = ids.ok_or(Rejection::NotFound {
        what: "started workflow task",
    })?;
    let transient = transient_events(state);
    let shown = transient.iter().flatten().last();
    let last_event_id = shown.map_or(state.last_event_id(), |event| event.id);
    let preparation = Preparation::new(
        state,
        &message.identity,
        last_event_id.next(),
        draft.now(),
        &message.schema,
    );
    let prepared = match preparation.prepare(message.commands) {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(refuse(draft, refusal, message.identity)),
    };
    for event in transient.into_iter().flatten() {
        draft.write_at(event.time, event.attributes);
    }
    draft.write(workflow_task::Completed {
        scheduled_event_id,
        started_event_id,
        identity: message.identity,
        sdk_metadata: message.sdk_metadata,
        worker_version: message.build_id,
        deployment_version: message.version,
    });
    record_dropped(draft, &message.dropped_signals);
    carry_out(draft, prepared, message.heartbeat);
    Ok(WorkflowTaskOutcome::Completed)
}

/// Records what has changed about the signals that the program does not take.
///
/// They can become fewer: a program that was replaced by another one dropped them once.
fn record_dropped(draft: &mut Draft<'_>, dropped: &BTreeMap<SignalName, SignalDropped>) {
    let recorded = &draft.state().rare().dropped_signals;
    if recorded == dropped {
        return;
    }
    let changed = dropped
        .values()
        .filter(|it| recorded.get(&it.signal_name) != Some(*it));
    let taken = recorded.keys().filter(|name| !dropped.contains_key(*name));
    let taken = taken.map(|name| SignalDropped {
        signal_name: name.clone(),
        ..SignalDropped::default()
    });
    let news: Vec<SignalDropped> = changed.cloned().chain(taken).collect();
    for dropped in news {
        draft.change(dropped);
    }
}

fn refuse(draft: &mut Draft<'_>, refusal: Refusal, identity: Identity) -> WorkflowTaskOutcome {
    let info = FailureInfo::Server(ServerFailureInfo {
        non_retryable: true,
    });
    draft.end_workflow_task(TaskEnd::Failed {
        cause: refusal.cause,
        failure: Box::new(Failure::new(refusal.message, info)),
        identity,
    });
    draft.enforce_history_limits();
    WorkflowTaskOutcome::Failed {
        cause: refusal.cause,
    }
}

fn carry_out(draft: &mut Draft<'_>, prepared: Prepared, heartbeat: bool) {
    let mut never_started = Vec::new();
    // As on Temporal's server, what a run says to others with its last breath is not carried out.
    let closes = prepared
        .events
        .last()
        .is_some_and(EventAttributes::closes_the_run);
    for event in prepared.events {
        if event.closes_the_run() {
            draft.close(event);
            return;
        }
        match event {
            EventAttributes::ActivityTaskCancelRequested(requested) => {
                never_started.extend(request_cancel(draft, requested));
            }
            EventAttributes::WorkflowExecutionUpdateCompleted(completed) => {
                let effect = Effect::CompleteUpdate {
                    update_id: completed.update_id.clone(),
                    outcome: completed.outcome.clone(),
                };
                draft.write(completed);
                draft.release(effect);
            }
            EventAttributes::MarkerRecorded(marker) => draft.write_marker(marker),
            event => {
                let event_id = draft.write(event);
                if !closes {
                    draft.deliver_caused_by(event_id);
                }
            }
        }
    }
    let dropped = u32::try_from(prepared.dropped_firings).unwrap_or(u32::MAX);
    if draft.flush(dropped, never_started) || heartbeat {
        draft.follow_up();
    } else {
        draft.enforce_history_limits();
    }
}

/// Asks an activity to stop. One that has not started ends here and now; its end is returned.
fn request_cancel(
    draft: &mut Draft<'_>,
    requested: activity_task::CancelRequested,
) -> Option<EventAttributes> {
    let scheduled_event_id = requested.scheduled_event_id;
    let pending = draft.state().pending_activity(scheduled_event_id);
    let facts = pending.map(|it| (it.is_started(), it.attempt, it.cancel_requested.is_some()));
    let cancel_requested_event_id = draft.write(requested);
    // An activity whose end is buffered already has nothing left to stop.
    let (is_started, attempt, again) = facts?;
    if is_started {
        draft.release(Effect::CancelActivity {
            scheduled_event_id,
            attempt,
        });
        return None;
    }
    if again {
        return None;
    }
    draft.release(close::withdraw(scheduled_event_id));
    Some(EventAttributes::ActivityTaskCanceled(
        activity_task::Canceled {
            details: not_started(),
            latest_cancel_requested_event_id: cancel_requested_event_id,
            scheduled_event_id,
            started_event_id: EventId::NONE,
            identity: Identity::default(),
        },
    ))
}

/// What the end of an activity says that was canceled before it started.
pub(super) fn not_started() -> Payloads {
    Payload {
        data: "\"ACTIVITY_ID_NOT_STARTED\"".into(),
        ..Payload::default()
    }
    .into()
}
