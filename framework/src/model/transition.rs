//! Transitions: what one message changes, as the one value that is written for it.
//!
//! A transition holds history events and, between them, changes to pending work that leave no
//! event (attempts, heartbeats, buffered events). Folding the entries of all transitions of a run
//! in order gives its state; nothing else writes state.

use std::time::Duration;

use derive_more::{Display, From};
use serde::{Deserialize, Serialize};

use crate::model::{
    EventAttributes, EventId, Failure, HistoryEvent, Identity, MessageId, Payloads, RequestId,
    RetryPolicy, RunId, SignalName, TaskQueue, Timestamp, event::workflow_task::FailedCause,
    wire::wire_tagged,
};

/// The position of a transition among those of its run; contiguous from 1.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Display,
    Default,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct RecordNumber(u32);

impl RecordNumber {
    /// Before the first transition.
    pub const NONE: Self = Self(0);

    /// The number with this value.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number as an integer.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of the transition after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Everything that one message changed in one run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Transition {
    /// When it was decided.
    pub at: Timestamp,
    /// Events and changes, in the order they take effect.
    pub entries: Vec<Entry>,
    /// What recovery has to know about the run without folding it.
    pub wake: Wake,
}

impl Transition {
    /// The history events among the entries.
    pub fn events(&self) -> impl Iterator<Item = &HistoryEvent> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => Some(event),
            Entry::Change(_) => None,
        })
    }
}

/// What a run needs next, as of its last transition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wake {
    /// When its earliest deadline is, if it has one.
    pub deadline: Option<Timestamp>,
    /// Whether something is to be done at once after a restart: a workflow task to run, or an
    /// activity to dispatch or to declare lost.
    pub at_once: bool,
    /// Whether the run is closed.
    pub closed: bool,
}

/// One step of a transition.
#[derive(Clone, PartialEq, Debug, From)]
pub enum Entry {
    /// A history event.
    Event(HistoryEvent),
    /// A change that leaves no event.
    Change(Change),
}

wire_tagged!(Entry {
    1 => Event(HistoryEvent),
    2 => Change(Change),
});

/// A change to pending work that leaves no event in the history.
#[derive(Clone, PartialEq, Debug, From)]
#[non_exhaustive]
pub enum Change {
    /// An attempt of an activity has started.
    AttemptStarted(AttemptStarted),
    /// An attempt of an activity has failed and another will be made.
    AttemptFailed(AttemptFailed),
    /// A running attempt has reported progress.
    HeartbeatRecorded(HeartbeatRecorded),
    /// An event has to wait until the workflow task that runs elsewhere ends.
    EventBuffered(EventBuffered),
    /// The buffered events are about to be written as events.
    BufferFlushed(BufferFlushed),
    /// A workflow task past its first attempt is pending, which the history does not show.
    WorkflowTaskScheduled(TransientScheduled),
    /// A workflow task past its first attempt has started, which the history does not show.
    WorkflowTaskStarted(TransientStarted),
    /// Why the last workflow task failed, and when the next attempt is due.
    WorkflowTaskAttemptFailed(WorkflowTaskAttemptFailed),
    /// The program was told of signals that it did not take.
    SignalDropped(SignalDropped),
    /// What waits for its next attempt waits no longer.
    BackoffEnded(BackoffEnded),
    /// A running attempt has reported progress whose details were too large to keep.
    HeartbeatDetailsDropped(HeartbeatDetailsDropped),
    /// Records of the run that cannot be read were given up.
    RecordsLost(RecordsLost),
    /// A message of a run that has closed was answered.
    MessageSettled(MessageSettled),
    /// The code of a running attempt has returned, and the attempt is completed by somebody else.
    AttemptHandedOver(AttemptHandedOver),
    /// The run goes on from another one that was reset, and begins with a copy of its events.
    Forked(Forked),
    /// The run was reset: another one goes on from it.
    Reset(Reset),
    /// An activity is paused: no attempt of it is started.
    ActivityPaused(ActivityPaused),
    /// An activity that was paused goes on.
    ActivityUnpaused(ActivityUnpaused),
    /// The attempts of an activity are counted anew.
    ActivityReset(ActivityReset),
    /// The options of an activity are others.
    ActivityOptionsUpdated(Box<ActivityOptionsUpdated>),
}

wire_tagged!(Change {
    1 => AttemptStarted(AttemptStarted),
    2 => AttemptFailed(AttemptFailed),
    3 => HeartbeatRecorded(HeartbeatRecorded),
    4 => EventBuffered(EventBuffered),
    5 => BufferFlushed(BufferFlushed),
    6 => WorkflowTaskScheduled(TransientScheduled),
    7 => WorkflowTaskStarted(TransientStarted),
    8 => WorkflowTaskAttemptFailed(WorkflowTaskAttemptFailed),
    9 => SignalDropped(SignalDropped),
    10 => BackoffEnded(BackoffEnded),
    11 => HeartbeatDetailsDropped(HeartbeatDetailsDropped),
    12 => RecordsLost(RecordsLost),
    13 => AttemptHandedOver(AttemptHandedOver),
    14 => Forked(Forked),
    15 => Reset(Reset),
    16 => MessageSettled(MessageSettled),
    17 => ActivityPaused(ActivityPaused),
    18 => ActivityUnpaused(ActivityUnpaused),
    19 => ActivityReset(ActivityReset),
    20 => ActivityOptionsUpdated(Box<ActivityOptionsUpdated>),
});

/// An attempt of an activity has started.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptStarted {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// When it started.
    pub at: Timestamp,
    /// Who runs it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
}

/// An attempt of an activity has failed and another will be made.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptFailed {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// What went wrong.
    pub failure: AttemptFailure,
    /// The number of the next attempt.
    pub next_attempt: u32,
    /// When the next attempt may start.
    pub next_attempt_at: Timestamp,
}

/// The code of a running attempt has returned, and the attempt is completed by somebody else.
///
/// It outlives the process: a new one does not count it as lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptHandedOver {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

/// The run goes on from another one that was reset, and begins with a copy of its events.
///
/// Always the first entry of a run. What is said to others because of a copied event is said under the
/// name of the run that has recorded it first, so that who has heard it knows it again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Forked {
    /// Which runs have recorded the events that are copied, in the order of the events.
    pub origins: Vec<Origin>,
    /// The request that has reset the other run.
    pub request_id: RequestId,
}

/// The run that has recorded the events of a history up to here, from where another one ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// The run.
    pub run_id: RunId,
    /// Its last event.
    pub last_event_id: EventId,
}

/// The run was reset: another one goes on from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reset {
    /// The run that goes on.
    pub new_run_id: RunId,
    /// The last event of this run that it has kept.
    pub last_event_id: EventId,
}

/// An activity is paused: no attempt of it is started until it goes on. One that runs is told.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityPaused {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// Who paused it.
    pub identity: Identity,
    /// The reason given.
    pub reason: String,
}

/// An activity that was paused goes on; if no attempt of it runs, the next one may start at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityUnpaused {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
}

/// The attempts of an activity are counted anew, from the next one on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityReset {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// Whether the details of its last heartbeat are forgotten.
    pub forgets_heartbeat: bool,
}

/// The options of an activity are others, from the next attempt on.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityOptionsUpdated {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The queue that its attempts are started from.
    pub task_queue: TaskQueue,
    /// From the first scheduling to the end of the last attempt.
    pub schedule_to_close_timeout: Duration,
    /// From an attempt's scheduling to its start.
    pub schedule_to_start_timeout: Duration,
    /// From an attempt's start to its end.
    pub start_to_close_timeout: Duration,
    /// From a heartbeat to the next one.
    pub heartbeat_timeout: Duration,
    /// When a failed attempt is tried again.
    pub retry_policy: RetryPolicy,
    /// How long the attempt that waits is to have waited since the last one failed, if that is other.
    pub backoff: Option<Duration>,
}

/// Why an attempt failed, and who ran it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptFailure {
    /// What went wrong.
    pub failure: Failure,
    /// Who ran it.
    pub identity: Identity,
}

/// A running attempt has reported progress.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatRecorded {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// When it was reported.
    pub at: Timestamp,
    /// What was reported; the next attempt can read it.
    pub details: Payloads,
}

/// A running attempt has reported progress whose details were too large to keep.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatDetailsDropped {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// When it was reported.
    pub at: Timestamp,
    /// How many bytes the details had.
    pub bytes: u64,
}

/// An event has to wait until the workflow task that runs elsewhere ends.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EventBuffered {
    /// When it happened.
    pub at: Timestamp,
    /// What happened; event ids inside that point at buffered events are still unset.
    pub attributes: EventAttributes,
}

/// The buffered events are about to be written as events.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BufferFlushed {
    /// How many buffered firings were dropped, because their timers were canceled first.
    pub dropped: u32,
}

/// A workflow task past its first attempt is pending.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TransientScheduled {
    /// Which attempt it is, from 2.
    pub attempt: u32,
    /// When it was scheduled.
    pub at: Timestamp,
    /// How long it may take once started.
    pub start_to_close_timeout: Duration,
}

/// A workflow task past its first attempt has started.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TransientStarted {
    /// When it started.
    pub at: Timestamp,
    /// Who runs it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
}

/// Why the last workflow task failed, and when the next attempt is due.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkflowTaskAttemptFailed {
    /// The attempt that failed.
    pub attempt: u32,
    /// What was wrong, as a kind.
    pub cause: FailedCause,
    /// What was wrong, in detail; `None` if that is what was wrong with the attempt before.
    pub failure: Option<Box<Failure>>,
    /// Before this time the next attempt is not made.
    pub next_attempt_at: Timestamp,
}

/// The program was told of signals that it did not take.
///
/// They stay in the history, so a later program may take them when it is told again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignalDropped {
    /// Their name; empty for those of all names that are not counted each for itself.
    pub signal_name: SignalName,
    /// How many there were so far; 0 if the program that runs now takes them all.
    pub count: u64,
    /// Why the last one was not taken.
    pub cause: String,
}

/// What waits for its next attempt waits no longer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BackoffEnded {
    /// The event that scheduled the activity; [`EventId::NONE`] for the workflow task.
    pub scheduled_event_id: EventId,
}

/// A message of a run that has closed was answered; that of an open run leaves an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageSettled {
    /// Which message it was.
    pub message_id: MessageId,
}

/// Records of the run that cannot be read were given up.
///
/// They are passed over from then on, whether or not they can be read again. What was stored in
/// their place stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordsLost {
    /// The first of them.
    pub first: RecordNumber,
    /// The last of them; all in between are lost, too.
    pub last: RecordNumber,
    /// What was wrong with the first of them.
    pub cause: String,
}

impl RecordsLost {
    /// How many they are.
    pub fn count(&self) -> u32 {
        let before = self.last.get().saturating_sub(self.first.get());
        before.saturating_add(1)
    }
}
