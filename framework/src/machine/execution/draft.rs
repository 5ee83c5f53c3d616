//! One transition under construction.
//!
//! A draft applies each entry to the state as it is added, through the code that folds stored
//! transitions, so that a decision always looks at the state it will leave behind. Several
//! messages can be decided in one draft; together they are one record.

use crate::{
    machine::execution::{Effect, ExecutionState, Message},
    model::{
        ActivityId, ActivityType, Change, Entry, EventAttributes, EventId, Failure, HistoryEvent,
        RecordNumber, RetryState, Timestamp, Transition, WorkflowId,
        event::workflow_execution::Started,
        transition::{BufferFlushed, EventBuffered},
    },
};

/// One transition under construction.
///
/// What is added is applied to the state at once. A draft that has been added to has to be sealed
/// and its transition written; if that fails, the state is rebuilt from what was written.
#[derive(Debug)]
#[must_use = "the state has changed already; seal the draft and write its transition"]
pub struct Draft<'s> {
    state: &'s mut ExecutionState,
    now: Timestamp,
    entries: Vec<Entry>,
    effects: Vec<Effect>,
    messages: Vec<Message>,
    failed_attempts: Vec<FailedAttempt>,
    successor: Option<Box<Started>>,
}

/// A transition to be written, and what follows from it.
#[derive(Clone, PartialEq, Debug)]
pub struct Sealed {
    /// The transition's position among those of the run.
    pub number: RecordNumber,
    /// What to write.
    pub transition: Transition,
    /// What to do once it is durable, in order.
    pub effects: Vec<Effect>,
    /// What to bring to other runs once it is handed over to be written, in order: what they decide
    /// then is written after it. Each is settled when its receiver has answered.
    pub messages: Vec<Message>,
    /// The attempts of activities that failed in it, for people to read about.
    pub failed_attempts: Vec<FailedAttempt>,
    /// How the run begins that follows this one: to be committed together with this transition.
    pub successor: Option<Box<Started>>,
}

/// An attempt of an activity that failed or ran out of time.
#[derive(Clone, PartialEq, Debug)]
pub struct FailedAttempt {
    /// The activity's id.
    pub activity_id: ActivityId,
    /// The activity's type.
    pub activity_type: ActivityType,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub failure: Failure,
    /// Whether there will be another attempt, and why not if there will not.
    pub retry_state: RetryState,
}

impl<'s> Draft<'s> {
    /// An empty transition at this time, which may be earlier than that of the last one: the clock
    /// can be put back.
    pub fn new(state: &'s mut ExecutionState, now: Timestamp) -> Self {
        Self {
            state,
            now,
            entries: Vec::new(),
            effects: Vec::new(),
            messages: Vec::new(),
            failed_attempts: Vec::new(),
            successor: None,
        }
    }

    /// Collects entries where others were, which spares the memory allocator work.
    pub fn reusing(mut self, mut spare: Vec<Entry>) -> Self {
        spare.clear();
        spare.append(&mut self.entries);
        self.entries = spare;
        self
    }

    /// The state, with everything added so far applied.
    pub fn state(&self) -> &ExecutionState {
        self.state
    }

    /// The time of the transition.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The events recorded so far.
    pub fn events(&self) -> impl Iterator<Item = &HistoryEvent> + Clone {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => Some(event),
            Entry::Change(_) => None,
        })
    }

    /// Whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The finished transition; `None` if nothing was added.
    pub fn seal(self) -> Option<Sealed> {
        if self.is_empty() {
            return None;
        }
        let number = self.state.last_record.next();
        self.state.last_record = number;
        Some(Sealed {
            number,
            transition: Transition {
                at: self.now,
                entries: self.entries,
                wake: self.state.wake(),
            },
            effects: self.effects,
            messages: self.messages,
            failed_attempts: self.failed_attempts,
            successor: self.successor,
        })
    }

    fn push(&mut self, entry: Entry) {
        self.state.apply_entry(self.now, &entry);
        self.entries.push(entry);
    }

    /// Adds something to do once the transition is durable.
    pub(super) fn release(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Adds a message to another run.
    pub(super) fn send(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Sends the message that an event causes, unless it has to wait for another one.
    pub(super) fn deliver_caused_by(&mut self, event_id: EventId) {
        if let Some(message) = self.state.message_of(event_id)
            && self
                .state
                .first_message(&message.receiver.workflow_id)
                .is_some_and(|first| first.id == message.id)
        {
            let message = message.clone();
            self.send(message);
        }
    }

    /// Sends the first message for an execution, if there is one.
    pub(super) fn deliver_first(&mut self, receiver: &WorkflowId) {
        if let Some(message) = self.state.first_message(receiver) {
            let message = message.clone();
            self.send(message);
        }
    }

    /// Sends what is first for each execution: all that a run has to say which begins with something.
    pub(super) fn deliver_all(&mut self) {
        let firsts: Vec<Message> = self.state.first_messages().cloned().collect();
        self.messages.extend(firsts);
    }

    /// Takes note that a running attempt is alive, in memory only.
    ///
    /// The one thing in a state that no record says, for runs that have too many records.
    pub(super) fn note_alive(&mut self, scheduled_event_id: EventId) {
        let now = self.now;
        self.state.change_activity(scheduled_event_id, |activity| {
            activity.last_heartbeat_at = Some(now.into());
        });
    }

    /// Takes note of the run that follows this one.
    pub(super) fn note_successor(&mut self, successor: Option<Started>) {
        self.successor = successor.map(Box::new);
    }

    /// Takes note of an attempt that failed.
    pub(super) fn note_failed(&mut self, attempt: FailedAttempt) {
        self.failed_attempts.push(attempt);
    }

    /// Adds a change that leaves no event.
    pub(super) fn change(&mut self, change: impl Into<Change>) {
        self.push(Entry::Change(change.into()));
    }

    /// Adds an event that is never buffered.
    pub(super) fn write(&mut self, attributes: impl Into<EventAttributes>) -> EventId {
        self.write_at(self.now, attributes.into())
    }

    /// Adds an event that happened at an earlier time.
    pub(super) fn write_at(&mut self, time: Timestamp, attributes: EventAttributes) -> EventId {
        let id = self.state.last_event_id.next();
        self.push(Entry::Event(HistoryEvent {
            id,
            time,
            attributes,
        }));
        id
    }

    /// Adds an event of another run, with its id and its time.
    pub(super) fn copy(&mut self, event: HistoryEvent) {
        self.push(Entry::Event(event));
    }

    /// Adds an event that came from outside; while a workflow task runs it has to wait.
    ///
    /// Returns its id; [`EventId::NONE`] if it has none yet.
    pub(super) fn record(&mut self, attributes: impl Into<EventAttributes>) -> EventId {
        let attributes = attributes.into();
        if !self.state.workflow_task_is_started() {
            return self.write(attributes);
        }
        self.change(EventBuffered {
            at: self.now,
            attributes,
        });
        EventId::NONE
    }

    /// Writes the buffered events, and then `late` ones, as events; says whether there were any.
    ///
    /// Ends of activities and of children go last, behind everything else that was buffered;
    /// otherwise the order of arrival is kept. Ends learn the ids of their starts, which had none before.
    pub(super) fn flush(&mut self, dropped: u32, late: Vec<EventAttributes>) -> bool {
        let mut buffered = std::mem::take(&mut self.state.buffer);
        if dropped > 0 || !buffered.is_empty() {
            self.change(BufferFlushed { dropped });
        }
        buffered.extend(late.into_iter().map(|attributes| EventBuffered {
            at: self.now,
            attributes,
        }));
        let any = !buffered.is_empty();
        let (ends, others): (Vec<_>, Vec<_>) = buffered
            .into_iter()
            .partition(|waiting| ended(&waiting.attributes).is_some());
        let mut starts = Vec::new();
        for EventBuffered { at, attributes } in others {
            let asked = match &attributes {
                EventAttributes::ActivityTaskStarted(started) => Some(started.scheduled_event_id),
                EventAttributes::ChildWorkflowExecutionStarted(started) => {
                    Some(started.initiated_event_id)
                }
                _ => None,
            };
            let id = self.write_at(at, attributes);
            starts.extend(asked.map(|asked| (asked, id)));
        }
        for EventBuffered { at, mut attributes } in ends {
            point_at_start(&mut attributes, &starts);
            self.write_at(at, attributes);
        }
        any
    }
}

/// The event that asked for the activity or the child that this event says has ended.
fn ended(attributes: &EventAttributes) -> Option<EventId> {
    attributes.ended_activity().or(attributes.ended_child())
}

/// Sets the id of the start in the end of an activity or a child, from pairs of the event that asked
/// for it and the start. That of a child may have been known before.
pub(super) fn point_at_start(attributes: &mut EventAttributes, starts: &[(EventId, EventId)]) {
    let Some(asked) = ended(attributes) else {
        return;
    };
    let start = starts.iter().find(|(of, _)| *of == asked);
    if start.is_none() && attributes.ended_child().is_some() {
        return;
    }
    let start = start.map_or(EventId::NONE, |(_, id)| *id);
    match attributes {
        EventAttributes::ChildWorkflowExecutionCompleted(it) => it.started_event_id = start,
        EventAttributes::ChildWorkflowExecutionFailed(it) => it.started_event_id = start,
        EventAttributes::ChildWorkflowExecutionCanceled(it) => it.started_event_id = start,
        EventAttributes::ChildWorkflowExecutionTimedOut(it) => it.started_event_id = start,
        EventAttributes::ChildWorkflowExecutionTerminated(it) => it.started_event_id = start,
        EventAttributes::ActivityTaskCompleted(it) => it.started_event_id = start,
        EventAttributes::ActivityTaskFailed(it) => it.started_event_id = start,
        EventAttributes::ActivityTaskTimedOut(it) => it.started_event_id = start,
        EventAttributes::ActivityTaskCanceled(it) => it.started_event_id = start,
        _ => {}
    }
}
