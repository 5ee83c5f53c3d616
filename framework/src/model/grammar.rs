//! The grammar that every history obeys.
//!
//! * G1: ids are contiguous from 1, and the first event, no other, is `WorkflowExecutionStarted`;
//! * G2: a workflow task is scheduled, then started, then ends; there is one at a time; one that
//!   never started may fail or time out (a server that found its worker's queue deserted);
//! * G3: nothing is recorded between `WorkflowTaskStarted` and the end of that workflow task;
//! * G4: an event that a command caused comes immediately after `WorkflowTaskCompleted` or after
//!   another such event, and names that `WorkflowTaskCompleted`, those of updates aside;
//! * G5: nothing is recorded after the event that closes the run.

use derive_more::{Display, Error};

use crate::model::{EventAttributes, EventId, EventType, History, HistoryEvent};

/// An event that breaks the grammar of histories.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{rule} event_id={event_id} event_type={event_type}")]
pub struct GrammarViolation {
    /// The event.
    pub event_id: EventId,
    /// What kind of event it is.
    pub event_type: EventType,
    /// The rule it breaks.
    pub rule: GrammarRule,
}

/// A rule of the grammar of histories.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
#[non_exhaustive]
pub enum GrammarRule {
    /// G1, of ids.
    #[display("event ids are contiguous from 1")]
    ContiguousIds,
    /// G1, of the first event.
    #[display("the first event, no other, is WorkflowExecutionStarted")]
    StartedFirst,
    /// G2.
    #[display("a workflow task is scheduled, then started, then ends")]
    WorkflowTaskOrder,
    /// G3.
    #[display("nothing is recorded while a workflow task runs")]
    UninterruptedWorkflowTask,
    /// G4, of the place.
    #[display("command events come immediately after WorkflowTaskCompleted")]
    CommandEventPlace,
    /// G4, of the reference.
    #[display("command events name the WorkflowTaskCompleted they come after")]
    CommandEventReference,
    /// G5.
    #[display("nothing is recorded after the close of the run")]
    ClosedLast,
}

impl History {
    /// Checks that the history obeys the grammar, as far as it has got.
    ///
    /// # Errors
    /// [`GrammarViolation`]: the first event that breaks a rule, and the rule.
    pub fn check_grammar(&self) -> Result<(), GrammarViolation> {
        let mut reader = GrammarReader::default();
        self.events.iter().try_for_each(|event| reader.read(event))
    }
}

/// What the events so far allow the next one to be.
#[derive(Default)]
pub(crate) struct GrammarReader {
    last_event_id: EventId,
    task: Task,
    /// The `WorkflowTaskCompleted` that command events may still come after.
    completed: Option<EventId>,
    closed: bool,
}

/// Where the workflow task stands.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Task {
    #[default]
    None,
    Scheduled(EventId),
    Started(EventId, EventId),
}

impl GrammarReader {
    /// Reads the next event.
    ///
    /// # Errors
    /// [`GrammarViolation`] if it breaks a rule; what comes behind it is not worth reading.
    pub(crate) fn read(&mut self, event: &HistoryEvent) -> Result<(), GrammarViolation> {
        self.expect(event).map_err(|rule| GrammarViolation {
            event_id: event.id,
            event_type: event.event_type(),
            rule,
        })
    }

    fn expect(&mut self, event: &HistoryEvent) -> Result<(), GrammarRule> {
        let event_type = event.event_type();
        ensure(
            event.id == self.last_event_id.next(),
            GrammarRule::ContiguousIds,
        )?;
        let is_start = event_type == EventType::WorkflowExecutionStarted;
        ensure(
            is_start == (event.id == EventId::FIRST),
            GrammarRule::StartedFirst,
        )?;
        ensure(!self.closed, GrammarRule::ClosedLast)?;
        self.read_task(event)?;
        self.read_command(event)?;
        self.last_event_id = event.id;
        self.closed = event.attributes.closes_the_run();
        Ok(())
    }

    fn read_task(&mut self, event: &HistoryEvent) -> Result<(), GrammarRule> {
        let ended = match &event.attributes {
            EventAttributes::WorkflowTaskScheduled(_) => {
                ensure(self.task == Task::None, GrammarRule::WorkflowTaskOrder)?;
                self.task = Task::Scheduled(event.id);
                return Ok(());
            }
            EventAttributes::WorkflowTaskStarted(started) => {
                let scheduled = started.scheduled_event_id;
                ensure(
                    self.task == Task::Scheduled(scheduled),
                    GrammarRule::WorkflowTaskOrder,
                )?;
                self.task = Task::Started(scheduled, event.id);
                return Ok(());
            }
            EventAttributes::WorkflowTaskCompleted(it) => {
                (it.scheduled_event_id, it.started_event_id)
            }
            EventAttributes::WorkflowTaskFailed(it) => (it.scheduled_event_id, it.started_event_id),
            EventAttributes::WorkflowTaskTimedOut(it) => {
                (it.scheduled_event_id, it.started_event_id)
            }
            _ => {
                let runs = matches!(self.task, Task::Started(..));
                return ensure(!runs, GrammarRule::UninterruptedWorkflowTask);
            }
        };
        let never_started = self.task == Task::Scheduled(ended.0)
            && ended.1 == EventId::NONE
            && event.event_type() != EventType::WorkflowTaskCompleted;
        ensure(
            never_started || self.task == Task::Started(ended.0, ended.1),
            GrammarRule::WorkflowTaskOrder,
        )?;
        self.task = Task::None;
        Ok(())
    }

    fn read_command(&mut self, event: &HistoryEvent) -> Result<(), GrammarRule> {
        if event.event_type() == EventType::WorkflowTaskCompleted {
            self.completed = Some(event.id);
        } else if let Some(named) = event.attributes.workflow_task_completed_event_id() {
            let completed = self.completed.ok_or(GrammarRule::CommandEventPlace)?;
            ensure(named == completed, GrammarRule::CommandEventReference)?;
        } else if event.event_type().is_command_event() {
            ensure(self.completed.is_some(), GrammarRule::CommandEventPlace)?;
        } else {
            self.completed = None;
        }
        Ok(())
    }
}

fn ensure(holds: bool, rule: GrammarRule) -> Result<(), GrammarRule> {
    if holds { Ok(()) } else { Err(rule) }
}
