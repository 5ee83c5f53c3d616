//! A row for each thing that a run has done or was told, whatever number of events that took.
//!
//! An activity is three events, a timer two, a child three or four; what people ask is when each
//! began, when it ended, and how. Workflow tasks that went well are left out.

use std::collections::BTreeMap;

use sempre::model::{EventAttributes, EventId, History, HistoryEvent, event::update};

use super::{Outcome, Row, RowKind, RowState};
use crate::duration::rough;

/// The rows of a history, in the order in which they began.
pub(crate) fn compact(history: &History) -> Vec<Row<'_>> {
    let mut compaction = Compaction::default();
    for event in &history.events {
        compaction.take(event);
    }
    compaction.rows
}

#[derive(Default)]
struct Compaction<'h> {
    rows: Vec<Row<'h>>,
    /// The row of each first event.
    by_first: BTreeMap<EventId, usize>,
    /// The event since which the run is paused.
    paused: Option<EventId>,
}

impl<'h> Compaction<'h> {
    fn open(
        &mut self,
        event: &HistoryEvent,
        kind: RowKind,
        name: &(impl ToString + ?Sized),
    ) -> &mut Row<'h> {
        self.by_first.insert(event.id, self.rows.len());
        self.rows.push(Row {
            kind,
            name: name.to_string(),
            id: String::new(),
            state: RowState::Open,
            events: (event.id, event.id),
            began: event.time,
            ended: None,
            attempts: 0,
            input: None,
            outcome: Outcome::Nothing,
            run: None,
        });
        let last = self.rows.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "a row has just been put there")]
        &mut self.rows[last]
    }

    /// A row for what happens at once.
    fn note(
        &mut self,
        event: &HistoryEvent,
        kind: RowKind,
        name: &(impl ToString + ?Sized),
    ) -> &mut Row<'h> {
        let row = self.open(event, kind, name);
        row.state = RowState::Done;
        row.ended = Some(event.time);
        row
    }

    fn at(&mut self, first: EventId, event: &HistoryEvent) -> Option<&mut Row<'h>> {
        let index = self.by_first.get(&first)?;
        let row = self.rows.get_mut(*index)?;
        row.events.1 = event.id;
        Some(row)
    }

    fn end(&mut self, first: EventId, event: &HistoryEvent, state: RowState, outcome: Outcome<'h>) {
        if let Some(row) = self.at(first, event) {
            row.state = state;
            row.ended = Some(event.time);
            row.outcome = outcome;
        }
    }

    fn take(&mut self, event: &'h HistoryEvent) {
        self.take_of_run(event);
        self.take_of_activity(event);
        self.take_of_timer_or_message(event);
        self.take_of_child(event);
        self.take_of_other(event);
        self.take_of_pause(event);
    }

    fn take_of_run(&mut self, event: &'h HistoryEvent) {
        use EventAttributes as E;
        let first = EventId::FIRST;
        match &event.attributes {
            E::WorkflowExecutionStarted(it) => {
                let row = self.open(event, RowKind::Run, &it.workflow_type);
                row.input = Some(&it.input);
                row.attempts = it.attempt;
            }
            E::WorkflowExecutionCompleted(it) => {
                self.end(first, event, RowState::Done, Outcome::Result(&it.result));
            }
            E::WorkflowExecutionFailed(it) => {
                self.end(
                    first,
                    event,
                    RowState::Failed,
                    Outcome::Failure(&it.failure),
                );
            }
            E::WorkflowExecutionTimedOut(_) => {
                let text = "it timed out".to_owned();
                self.end(first, event, RowState::TimedOut, Outcome::Text(text));
            }
            E::WorkflowExecutionCanceled(it) => {
                self.end(
                    first,
                    event,
                    RowState::Canceled,
                    Outcome::Result(&it.details),
                );
            }
            E::WorkflowExecutionTerminated(it) => {
                let text = it.reason.clone();
                self.end(first, event, RowState::Terminated, Outcome::Text(text));
            }
            E::WorkflowExecutionContinuedAsNew(it) => {
                let run = it.new_execution_run_id.unwrap_or_default();
                let text = format!("continued as new in run {run}");
                self.end(first, event, RowState::Done, Outcome::Text(text));
            }
            E::WorkflowTaskFailed(it) => {
                let row = self.note(event, RowKind::WorkflowTask, &it.cause);
                row.state = RowState::Failed;
                row.outcome = it
                    .failure
                    .as_deref()
                    .map_or(Outcome::Nothing, Outcome::Failure);
            }
            E::WorkflowTaskTimedOut(it) => {
                let row = self.note(event, RowKind::WorkflowTask, &it.timeout_type);
                row.state = RowState::TimedOut;
            }
            _ => {}
        }
    }

    fn take_of_pause(&mut self, event: &'h HistoryEvent) {
        use EventAttributes as E;
        match &event.attributes {
            E::WorkflowExecutionPaused(it) => {
                let row = self.open(event, RowKind::Pause, &it.reason);
                row.id = it.identity.to_string();
                self.paused = Some(event.id);
            }
            E::WorkflowExecutionUnpaused(_) => {
                if let Some(first) = self.paused.take() {
                    self.end(first, event, RowState::Done, Outcome::Nothing);
                }
            }
            _ => {}
        }
    }

    fn take_of_activity(&mut self, event: &'h HistoryEvent) {
        use EventAttributes as E;
        match &event.attributes {
            E::ActivityTaskScheduled(it) => {
                let row = self.open(event, RowKind::Activity, &it.activity_type);
                row.id = it.activity_id.to_string();
                row.input = Some(&it.input);
            }
            E::ActivityTaskStarted(it) => {
                if let Some(row) = self.at(it.scheduled_event_id, event) {
                    row.attempts = it.attempt;
                }
            }
            E::ActivityTaskCompleted(it) => {
                let outcome = Outcome::Result(&it.result);
                self.end(it.scheduled_event_id, event, RowState::Done, outcome);
            }
            E::ActivityTaskFailed(it) => {
                let outcome = Outcome::Failure(&it.failure);
                self.end(it.scheduled_event_id, event, RowState::Failed, outcome);
            }
            E::ActivityTaskTimedOut(it) => {
                let outcome = Outcome::Failure(&it.failure);
                self.end(it.scheduled_event_id, event, RowState::TimedOut, outcome);
            }
            E::ActivityTaskCanceled(it) => {
                let outcome = Outcome::Result(&it.details);
                self.end(it.scheduled_event_id, event, RowState::Canceled, outcome);
            }
            _ => {}
        }
    }

    fn take_of_timer_or_message(&mut self, event: &'h HistoryEvent) {
        use EventAttributes as E;
        match &event.attributes {
            E::TimerStarted(it) => {
                let after = rough(it.start_to_fire_timeout);
                let row = self.open(event, RowKind::Timer, &after);
                row.id = it.timer_id.to_string();
            }
            E::TimerFired(it) => {
                self.end(it.started_event_id, event, RowState::Done, Outcome::Nothing);
            }
            E::TimerCanceled(it) => {
                self.end(
                    it.started_event_id,
                    event,
                    RowState::Canceled,
                    Outcome::Nothing,
                );
            }
            E::WorkflowExecutionSignaled(it) => {
                let row = self.note(event, RowKind::Signal, &it.signal_name);
                row.id = it.identity.to_string();
                row.input = Some(&it.input);
                row.run = it.external_workflow_execution.as_deref();
            }
            E::WorkflowExecutionUpdateAccepted(it) => {
                let request = it.accepted_request.as_ref();
                let name = request.map_or("", |it| it.name.as_str());
                let row = self.open(event, RowKind::Update, name);
                row.id = it.protocol_instance_id.to_string();
                row.input = request.map(|it| &it.input);
            }
            E::WorkflowExecutionUpdateCompleted(it) => {
                let (state, outcome) = match &it.outcome {
                    update::Outcome::Success(result) => (RowState::Done, Outcome::Result(result)),
                    update::Outcome::Failure(it) => (RowState::Failed, Outcome::Failure(it)),
                };
                self.end(it.accepted_event_id, event, state, outcome);
            }
            E::WorkflowExecutionCancelRequested(it) => {
                let row = self.note(event, RowKind::CancelRequest, &it.cause);
                row.id = it.identity.to_string();
                row.run = it.external_workflow_execution.as_deref();
            }
            _ => {}
        }
    }

    fn take_of_child(&mut self, event: &'h HistoryEvent) {
        use EventAttributes as E;
        let result = Outcome::Result;
        match &event.attributes {
            E::StartChildWorkflowExecutionInitiated(it) => {
                let row = self.open(event, RowKind::Child, &it.workflow_type);
                row.id = it.workflow_id.to_string();
                row.input = Some(&it.input);
            }
            E::StartChildWorkflowExecutionFailed(it) => {
                let text = format!("was not started: {}", it.cause);
                let outcome = Outcome::Text(text);
                self.end(it.initiated_event_id, event, RowState::Failed, outcome);
            }
            E::ChildWorkflowExecutionStarted(it) => {
                if let Some(row) = self.at(it.initiated_event_id, event) {
                    row.run = Some(&it.workflow_execution);
                }
            }
            E::ChildWorkflowExecutionCompleted(it) => {
                self.end(
                    it.initiated_event_id,
                    event,
                    RowState::Done,
                    result(&it.result),
                );
            }
            E::ChildWorkflowExecutionFailed(it) => {
                let outcome = Outcome::Failure(&it.failure);
                self.end(it.initiated_event_id, event, RowState::Failed, outcome);
            }
            E::ChildWorkflowExecutionCanceled(it) => {
                self.end(
                    it.initiated_event_id,
                    event,
                    RowState::Canceled,
                    result(&it.details),
                );
            }
            E::ChildWorkflowExecutionTimedOut(it) => {
                self.end(
                    it.initiated_event_id,
                    event,
                    RowState::TimedOut,
                    Outcome::Nothing,
                );
            }
            E::ChildWorkflowExecutionTerminated(it) => {
                self.end(
                    it.initiated_event_id,
                    event,
                    RowState::Terminated,
                    Outcome::Nothing,
                );
            }
            _ => {}
        }
    }

    fn take_of_other(&mut self, event: &'h HistoryEvent) {
        use EventAttributes as E;
        let failed = |cause: String| (RowState::Failed, Outcome::Text(cause));
        match &event.attributes {
            E::SignalExternalWorkflowExecutionInitiated(it) => {
                let row = self.open(event, RowKind::SignalToOther, &it.signal_name);
                row.id = it.workflow_execution.workflow_id.to_string();
                row.input = Some(&it.input);
                row.run = Some(&it.workflow_execution);
            }
            E::SignalExternalWorkflowExecutionFailed(it) => {
                let (state, outcome) = failed(it.cause.to_string());
                self.end(it.initiated_event_id, event, state, outcome);
            }
            E::ExternalWorkflowExecutionSignaled(it) => {
                self.end(
                    it.initiated_event_id,
                    event,
                    RowState::Done,
                    Outcome::Nothing,
                );
            }
            E::RequestCancelExternalWorkflowExecutionInitiated(it) => {
                let id = &it.workflow_execution.workflow_id;
                let row = self.open(event, RowKind::CancelOfOther, id);
                row.run = Some(&it.workflow_execution);
            }
            E::RequestCancelExternalWorkflowExecutionFailed(it) => {
                let (state, outcome) = failed(it.cause.to_string());
                self.end(it.initiated_event_id, event, state, outcome);
            }
            E::ExternalWorkflowExecutionCancelRequested(it) => {
                self.end(
                    it.initiated_event_id,
                    event,
                    RowState::Done,
                    Outcome::Nothing,
                );
            }
            E::MarkerRecorded(it) => {
                let row = self.note(event, RowKind::Marker, &it.marker_name);
                if let Some(failure) = it.failure.as_deref() {
                    row.state = RowState::Failed;
                    row.outcome = Outcome::Failure(failure);
                }
            }
            E::UpsertWorkflowSearchAttributes(it) => {
                let names: Vec<_> = it.search_attributes.iter().map(|(name, _)| name).collect();
                self.note(event, RowKind::Property, &names.join(", "));
            }
            E::WorkflowPropertiesModified(it) => {
                let names: Vec<_> = it.upserted_memo.iter().map(|(name, _)| name).collect();
                self.note(event, RowKind::Property, &names.join(", "));
            }
            E::Foreign(it) => {
                self.note(event, RowKind::Foreign, &it.event_type);
            }
            _ => {}
        }
    }
}
