//! Chunking: where in a history the program was woken, and by which workflow tasks it was not.
//!
//! The program is told of events when a workflow task starts, so what lies between two started
//! tasks reaches it as one activation. A task that failed or timed out never reached the history
//! as an answer: its events go to the task after it. A task that brings nothing to tell (the
//! heartbeat of a long task) wakes nobody; see `Replayer`.
//!
//! What a completion wrote that belongs to the activation before it is found by `look_ahead`.
//!
//! ```text
//! 1 Started  2 TaskScheduled  3 TaskStarted  4 TaskFailed  5 Signaled  6 TaskScheduled  7 TaskStarted  8 TaskCompleted …
//! └──────────────────────── one activation, at the time of event 7 ─────────────────────────────────┘
//! ```

use crate::{
    machine::replay::divergence::CorruptHistory,
    model::{EventAttributes, EventId, EventType, HistoryEvent, Timestamp},
};

/// A started workflow task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct StartedTask {
    /// Its `WorkflowTaskStarted`.
    pub(super) started_event_id: EventId,
    /// When it started; the workflow's time.
    pub(super) at: Timestamp,
    /// Whether continuing as new is advised.
    pub(super) suggest_continue_as_new: bool,
    /// Bytes of the history up to here.
    pub(super) history_size_bytes: u64,
}

/// Walks a history event by event, and checks that it has the grammar of one.
#[derive(Default, Debug)]
pub(super) struct Chunks {
    last_event_id: EventId,
    phase: Phase,
}

/// What the workflow task of the moment is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Phase {
    /// No event was seen.
    #[default]
    Empty,
    /// No workflow task is started.
    Idle,
    /// One is started; whether it was answered is not known yet.
    Started(StartedTask),
    /// One is started and the program has answered it.
    Answered(EventId),
    /// The run is closed.
    Closed,
}

impl Chunks {
    /// The last event that was seen.
    pub(super) fn last_event_id(&self) -> EventId {
        self.last_event_id
    }

    /// Takes the next event; returns the task that the program has to answer before it.
    pub(super) fn handle_event(
        &mut self,
        event: &HistoryEvent,
    ) -> Result<Option<StartedTask>, CorruptHistory> {
        let corrupt = |message: &str| Err(CorruptHistory::new(event.id, message));
        let expected = self.last_event_id.next();
        if event.id != expected {
            let message = format!("event ids have a gap, expected={expected}");
            return Err(CorruptHistory::new(event.id, message));
        }
        let event_type = event.event_type();
        let (next, due) = match (self.phase, &event.attributes) {
            (Phase::Empty, EventAttributes::WorkflowExecutionStarted(_))
            | (
                Phase::Started(_),
                EventAttributes::WorkflowTaskFailed(_) | EventAttributes::WorkflowTaskTimedOut(_),
            ) => (Phase::Idle, None),
            (Phase::Empty, _) => return corrupt("it does not begin with WorkflowExecutionStarted"),
            (_, EventAttributes::WorkflowExecutionStarted(_)) => {
                return corrupt("it begins a second time");
            }
            (Phase::Closed, _) => return corrupt("it goes on after the run has closed"),
            (Phase::Idle, EventAttributes::WorkflowTaskStarted(started)) => {
                let task = StartedTask {
                    started_event_id: event.id,
                    at: event.time,
                    suggest_continue_as_new: started.suggest_continue_as_new,
                    history_size_bytes: started.history_size_bytes,
                };
                (Phase::Started(task), None)
            }
            (Phase::Started(task), EventAttributes::WorkflowTaskCompleted(completed))
                if completed.started_event_id == task.started_event_id =>
            {
                (Phase::Idle, Some(task))
            }
            (Phase::Answered(started), EventAttributes::WorkflowTaskCompleted(completed))
                if completed.started_event_id == started =>
            {
                (Phase::Idle, None)
            }
            // The program is one answer ahead of its history, and cannot go back.
            (
                Phase::Answered(_),
                EventAttributes::WorkflowTaskFailed(_) | EventAttributes::WorkflowTaskTimedOut(_),
            ) => return corrupt("the answered workflow task failed, replay from the first event"),
            (Phase::Started(_) | Phase::Answered(_), _) if !event_type.closes_the_run() => {
                return corrupt("a workflow task is started and this does not end it");
            }
            // It was scheduled and never started, so nobody was told anything.
            (Phase::Idle, EventAttributes::WorkflowTaskFailed(ended))
                if ended.started_event_id == EventId::NONE =>
            {
                (Phase::Idle, None)
            }
            (Phase::Idle, EventAttributes::WorkflowTaskTimedOut(ended))
                if ended.started_event_id == EventId::NONE =>
            {
                (Phase::Idle, None)
            }
            (Phase::Idle, _) if ends_a_workflow_task(event_type) => {
                return corrupt("it ends a workflow task that is not started");
            }
            _ if event_type.closes_the_run() => (Phase::Closed, None),
            (phase, _) => (phase, None),
        };
        self.phase = next;
        self.last_event_id = event.id;
        Ok(due)
    }

    /// The task in flight, which from now on counts as answered.
    pub(super) fn take_in_flight(&mut self) -> Option<StartedTask> {
        let Phase::Started(task) = self.phase else {
            return None;
        };
        self.phase = Phase::Answered(task.started_event_id);
        Some(task)
    }
}

fn ends_a_workflow_task(event_type: EventType) -> bool {
    matches!(
        event_type,
        EventType::WorkflowTaskCompleted
            | EventType::WorkflowTaskFailed
            | EventType::WorkflowTaskTimedOut
    )
}
