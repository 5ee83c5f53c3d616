//! The port to the activity dispatcher: what an execution needs of it.
//!
//! Implemented a floor up. Each shard has its own object behind this port, on its own thread, so
//! calls are plain function calls.

use std::sync::Arc;

use derive_more::{Debug, From};
use futures::channel::oneshot;

use crate::{
    actor::{LocalAttempt, LocalStart, OsThread, WatchedAttempt},
    machine::execution::ActivityTask,
    model::{ActivityType, EventId, Payloads, Priority, RunId, TaskQueue},
    storage::RunEntry,
};

/// Names one attempt of one activity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AttemptKey {
    /// The run that asked for the activity.
    pub run_id: RunId,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

impl AttemptKey {
    /// The name of the attempt that a task is.
    pub(crate) fn of(task: &ActivityTask) -> Self {
        Self {
            run_id: task.execution.run_id,
            scheduled_event_id: task.scheduled_event_id,
            attempt: task.attempt,
        }
    }
}

/// Keeps closed runs elsewhere before they are deleted.
pub(crate) trait ArchivePort: Send + Sync {
    /// Has a run kept, and says what came of it; an archive that is gone says nothing.
    fn archive(&self, entry: RunEntry, done: oneshot::Sender<Result<(), NotArchived>>);
}

/// Why a run could not be kept elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum NotArchived {
    /// The archive did not take it, and may not take others.
    Refused(String),
    /// The run itself cannot be read, which says nothing about others.
    Unreadable(String),
}

/// Names one activity that waits for a slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct WaitingKey {
    /// The run that asked for the activity.
    pub run_id: RunId,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
}

/// The number of a place in a line. Never given out again, so whoever comes earlier has the lower.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Place(u64);

impl Place {
    /// The place behind this one.
    pub(crate) fn after(self) -> Self {
        Self(self.0 + 1)
    }
}

/// An activity that wants to start an attempt.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Candidate {
    /// The activity.
    pub key: WaitingKey,
    /// The queue it is dispatched from.
    pub task_queue: TaskQueue,
    /// Its type.
    pub activity_type: ActivityType,
    /// Which is to be started first, and whose it is; `None` if nobody has said.
    pub priority: Option<Box<Priority>>,
}

/// What a permit holds; dropping it gives the slot back.
pub(crate) trait Slot: Send {
    /// Whether another attempt of the same queue may run in this slot, once this one has ended.
    fn renew(&mut self) -> bool;

    /// Takes the next of the queue's line out of it for this slot, if that is an activity of this
    /// run.
    fn next_in_line(&mut self, run_id: RunId) -> Option<EventId>;

    /// Takes note that nobody starts in the slot what it was given for. If the rate has allowed a
    /// start for it, that is for the next in line.
    fn forgo(&mut self);

    /// The slot itself, no longer bound to the thread that it was given to; `None` if that thread is
    /// lost, and the slot with it.
    fn detach(self: Box<Self>) -> Option<Permit>;
}

/// The right to run one attempt; dropping it gives the slot back.
#[derive(Debug, From)]
pub(crate) struct Permit {
    #[debug(skip)]
    slot: Box<dyn Slot>,
}

impl Permit {
    /// A permit for this slot.
    pub(crate) fn new(slot: impl Slot + 'static) -> Self {
        Self {
            slot: Box::new(slot),
        }
    }

    /// Whether another attempt of the same queue may run under this permit.
    pub(crate) fn renew(&mut self) -> bool {
        self.slot.renew()
    }

    /// The activity that is next in the line of this permit's queue, if it is one of this run: it
    /// has left the line, and the permit is for it.
    pub(crate) fn next_in_line(&mut self, run_id: RunId) -> Option<EventId> {
        self.slot.next_in_line(run_id)
    }

    /// The permit, no longer bound to the thread that it was given to; `None` if that thread is lost.
    pub(crate) fn detach(self) -> Option<Self> {
        self.slot.detach()
    }

    /// Takes note that the activity that the permit was for does not start.
    pub(crate) fn forgo(&mut self) {
        self.slot.forgo();
    }
}

/// The slot of an attempt that has ended.
#[derive(Debug)]
pub(crate) struct FreedSlot {
    /// The slot.
    pub permit: Permit,
    /// The queue it is of.
    pub task_queue: TaskQueue,
}

/// The answer to a candidate.
#[derive(Debug)]
pub(crate) enum Reservation {
    /// The attempt may start now.
    Granted(Permit),
    /// All slots are taken or the rate is used up: an offer will follow, or, where the line has no
    /// room, the run will be told to ask again.
    Waiting,
    /// Nothing here runs activities of this type on this queue.
    Unregistered,
}

/// An attempt that may start, with the right to.
#[derive(Debug)]
pub(crate) struct StartedAttempt {
    /// What to run.
    pub task: Box<ActivityTask>,
    /// The right to run it.
    pub permit: Permit,
}

/// The dispatcher, as the executions of one shard see it.
pub(crate) trait ActivityPort {
    /// Whether activities of this type can run on this queue.
    fn is_registered(&self, task_queue: &TaskQueue, activity_type: &ActivityType) -> bool;

    /// Takes a slot for a candidate, or remembers that it waits for one.
    fn reserve(&self, candidate: Candidate) -> Reservation;

    /// Lets a candidate have a slot of its queue that has just been freed, unless those who wait in
    /// line would be passed over too often; then it is theirs.
    fn pass_on(&self, freed: Permit, candidate: &Candidate) -> Option<Permit>;

    /// Takes the activity that is next in the line of a freed slot's queue, if it is one of this
    /// run. It needs no offer then.
    fn next_in_line(&self, freed: &mut Permit, run_id: RunId) -> Option<EventId>;

    /// Takes note that the offer an activity waited for has come; `false` if it does not wait for
    /// one any more, and nothing is to be started.
    fn accept_offer(&self, key: WaitingKey, place: Place) -> bool;

    /// Takes an activity that no longer wants a slot out of its line.
    fn withdraw(&self, key: WaitingKey);

    /// Takes all activities of a run out of their lines.
    fn withdraw_run(&self, run_id: RunId);

    /// Some runs that found no room in the line of this queue and may ask again, longest waiting
    /// first.
    fn take_turned_away(&self, task_queue: &TaskQueue) -> Vec<RunId>;

    /// Whether no attempt is started any more.
    fn is_draining(&self) -> bool;

    /// Runs an attempt. Its start is durable.
    fn run(&self, attempt: StartedAttempt);

    /// Runs an attempt of a local activity, in no slot. The start of its workflow task is durable.
    fn run_local(&self, attempt: LocalAttempt) -> LocalStart;

    /// Asks a running attempt to stop.
    fn cancel(&self, key: AttemptKey);

    /// Tells a running attempt that its activity is paused.
    fn pause(&self, key: AttemptKey);

    /// Tells a running attempt what its workflow has to say: messages, of which the first is at this
    /// position among all to its activity. What it knows already is left out.
    fn control(&self, key: AttemptKey, position: usize, messages: &[Payloads]);

    /// Lets a running attempt pass its next report of progress on: that with this number is recorded,
    /// or never will be.
    fn settle_progress(&self, key: AttemptKey, number: u32);

    /// Has a running attempt tell the report of progress again that is on its way, if one is.
    fn repeat_progress(&self, key: AttemptKey);

    /// Forgets an attempt whose outcome no longer counts, and stops it if that is possible.
    fn abandon(&self, key: AttemptKey);

    /// The attempts of a run that block their threads at the moment, with these.
    fn blocking_attempts(&self, run_id: RunId) -> Vec<(Arc<WatchedAttempt>, OsThread)>;

    /// Whether this process runs the attempt, or has its outcome but not yet been able to forget it.
    fn is_in_flight(&self, key: AttemptKey) -> bool;

    /// Whether the outcome of an attempt is kept, to be told again should the thread be lost, until
    /// what is decided on it is durable.
    fn keeps(&self, key: AttemptKey) -> bool;

    /// Forgets an attempt whose outcome has been decided upon; if it is kept, durably.
    fn forget(&self, key: AttemptKey);
}
