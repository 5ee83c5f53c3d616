//! The state of one run: what is pending, and nothing of what is past.
//!
//! Its size goes with what is pending, never with the length of the history. Two indexes, of
//! deadlines and of attempts that wait to be started, keep every question about the earliest of
//! them independent of how many there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    time::Duration,
};

use crate::{
    machine::execution::{
        ActivityState, DroppedDetails, LinePlace, Message, PendingActivity, PendingTimer,
        PendingWorkflowTask, Since, WorkflowTaskProblem,
        outbox::{self, Outbox},
        property::Properties,
        rare::Rare,
        size,
    },
    model::{
        ActivityId, EventAttributes, EventId, ExecutionStatus, Identity, MessageId, MessageKind,
        ProgressMark, RecordNumber, RunId, TimerId, Timestamp, Wake, WorkflowExecution, WorkflowId,
        WorkflowVersion,
        event::workflow_execution,
        limits,
        transition::{EventBuffered, RecordsLost},
    },
};

/// The state of one run, as the fold of its transitions. The default is that of no run at all.
///
/// Written by [`apply`](Self::apply) and, through the same code, by a
/// [`Draft`](crate::machine::execution::Draft).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExecutionState {
    pub(super) run_id: RunId,
    pub(super) started: Option<Box<workflow_execution::Started>>,
    /// Bytes of how the run was started, as an estimate; kept, because every step asks for them.
    pub(super) started_bytes: u64,
    pub(super) started_at: Since,
    /// Whether the first workflow task waits after the start.
    pub(super) first_workflow_task_waits: bool,
    pub(super) close: Option<Box<EventAttributes>>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) status: ExecutionStatus,
    /// When the last transition was decided.
    pub(super) at: Timestamp,
    pub(super) last_event_id: EventId,
    pub(super) last_record: RecordNumber,
    pub(super) history_size_bytes: u64,
    pub(super) workflow_task: Option<PendingWorkflowTask>,
    pub(super) completed_workflow_task: bool,
    /// Who completed the last workflow task, unless one has failed since.
    pub(super) keeper: Option<Identity>,
    /// Why the last workflow task failed, between its failure and the next scheduling.
    pub(super) problem: Option<Box<WorkflowTaskProblem>>,
    /// Boxed: a map sets room for eleven values aside, and most runs have one.
    pub(super) activities: BTreeMap<EventId, Box<PendingActivity>>,
    pub(super) activity_ids: BTreeMap<ActivityId, EventId>,
    /// Boxed, as the activities are.
    pub(super) timers: BTreeMap<EventId, Box<PendingTimer>>,
    pub(super) timer_ids: BTreeMap<TimerId, EventId>,
    /// The earliest deadline of each activity and timer that has one.
    pub(super) deadlines: BTreeSet<(Timestamp, EventId)>,
    /// The attempts that wait to be started, in line.
    pub(super) waiting: BTreeMap<LinePlace, EventId>,
    /// How many activities have an attempt that somebody else completes.
    pub(super) handed_over: usize,
    /// How many attempts have waited.
    pub(super) turns: u64,
    pub(super) buffer: Vec<EventBuffered>,
    pub(super) cancel_requested: bool,
    pub(super) signals: usize,
    /// The activities whose last attempt failed.
    pub(super) failing: BTreeSet<EventId>,
    /// Bytes of the records that leave no event, as an estimate.
    pub(super) eventless_bytes: u64,
    /// Boxed, because few runs have any.
    pub(super) dropped_details: Option<Box<DroppedDetails>>,
    /// Bytes of the pending activities and children.
    pub(super) pending_bytes: u64,
    /// What it has to say to other runs; boxed, because few runs have anything.
    pub(super) outbox: Option<Box<Outbox>>,
    /// What the program has made of memo and search attributes; boxed, because few do.
    pub(super) properties: Option<Box<Properties>>,
    pub(super) rare: Option<Box<Rare>>,
    /// The version that the code which answers for it has stated, or that it has inherited.
    pub(super) version: Option<WorkflowVersion>,
}

impl ExecutionState {
    /// The state of a run with this id before its first transition.
    ///
    /// No transition says which run it belongs to; whoever keeps transitions knows.
    pub fn of_run(run_id: RunId) -> Self {
        Self {
            run_id,
            ..Self::default()
        }
    }

    /// How the run was started; `None` before it is.
    pub fn started(&self) -> Option<&workflow_execution::Started> {
        self.started.as_deref()
    }

    /// The version of the code that the run stays with; `None` if it has not been answered for yet, and
    /// may begin with any.
    pub fn version(&self) -> Option<WorkflowVersion> {
        let unstated = self.completed_workflow_task;
        self.version
            .or_else(|| unstated.then_some(WorkflowVersion::FIRST))
    }

    /// The same, unless that is the first.
    pub fn later_version(&self) -> Option<WorkflowVersion> {
        self.version
            .filter(|version| *version != WorkflowVersion::FIRST)
    }

    /// When the run was started; one that goes on from another, when that was reset.
    pub fn started_at(&self) -> Timestamp {
        let fork = self.rare().fork.as_ref();
        fork.map_or(self.started_at, |fork| fork.at).at
    }

    /// When the first workflow task is due, while it waits for that.
    pub fn first_workflow_task_at(&self) -> Option<Timestamp> {
        let waits = self.first_workflow_task_waits;
        waits.then(|| self.started_at.after(self.initial_backoff()))
    }

    /// How long the program has been able to run.
    pub(super) fn age(&self, now: Timestamp) -> Duration {
        now.since(self.started_at.after(self.initial_backoff()))
    }

    /// How long the first workflow task waits, or waited.
    fn initial_backoff(&self) -> Duration {
        self.started().map_or(Duration::ZERO, |started| {
            started.first_workflow_task_backoff
        })
    }

    /// The run; the default before it is started.
    pub fn execution(&self) -> WorkflowExecution {
        let Some(started) = self.started() else {
            return WorkflowExecution::default();
        };
        WorkflowExecution {
            workflow_id: started.workflow_id.clone(),
            run_id: self.run_id(),
        }
    }

    /// The id of the run.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }

    /// Whether the run is open, and how it closed if it is not.
    pub fn status(&self) -> ExecutionStatus {
        self.status
    }

    /// When the run closed, if it has.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// What closed the run, if it has closed: its result, its failure.
    pub fn close(&self) -> Option<&EventAttributes> {
        self.close.as_deref()
    }

    /// The last event of the history; buffered events have no id yet.
    pub fn last_event_id(&self) -> EventId {
        self.last_event_id
    }

    /// Bytes of the history, as an estimate.
    pub fn history_size_bytes(&self) -> u64 {
        self.history_size_bytes
    }

    /// Bytes of all records of the run, with those that leave no event, as an estimate.
    pub fn recorded_size_bytes(&self) -> u64 {
        self.history_size_bytes + self.eventless_bytes
    }

    /// Bytes of what the run waits for, and of what it was started with and closed with.
    ///
    /// What its state takes in memory, apart from a constant.
    pub fn pending_size_bytes(&self) -> u64 {
        let changed = self.properties.as_ref().map_or(0, |it| it.size());
        let close = self.close().map_or(0, size::event);
        self.started_bytes
            + u64::try_from(changed).unwrap_or(u64::MAX)
            + close
            + self.pending_bytes
            + self.outbox().map_or(0, Outbox::bytes)
    }

    /// Whether records that leave no event are avoided, because there are too many.
    pub(super) fn is_past_eventless_limit(&self) -> bool {
        self.eventless_bytes >= limits::EVENTLESS_BYTES_MAX
    }

    /// Whether the history has grown so long, or had so many updates, that continuing as new is
    /// advised.
    pub fn suggest_continue_as_new(&self) -> bool {
        self.last_event_id.get() >= limits::SUGGEST_CONTINUE_AS_NEW_EVENTS
            || self.history_size_bytes >= limits::SUGGEST_CONTINUE_AS_NEW_BYTES
            || self.has_many_updates()
    }

    /// The last transition.
    pub fn last_record(&self) -> RecordNumber {
        self.last_record
    }

    /// When the last transition was decided.
    pub fn updated_at(&self) -> Timestamp {
        self.at
    }

    /// The workflow task that is scheduled or has started.
    pub fn workflow_task(&self) -> Option<&PendingWorkflowTask> {
        self.workflow_task.as_ref()
    }

    /// Whether the program has answered a workflow task yet.
    pub fn has_completed_workflow_task(&self) -> bool {
        self.completed_workflow_task
    }

    /// Whether there is a workflow task that may be started now.
    pub fn workflow_task_is_startable(&self, now: Timestamp) -> bool {
        self.workflow_task()
            .is_some_and(|task| task.started.is_none() && task.not_before() <= now)
    }

    /// Whether a workflow task runs, so that other events have to wait.
    pub fn workflow_task_is_started(&self) -> bool {
        self.workflow_task()
            .is_some_and(|task| task.started.is_some())
    }

    /// The activities that have not ended for good, in the order they were scheduled.
    pub fn pending_activities(&self) -> impl Iterator<Item = &PendingActivity> {
        self.activities.values().map(|activity| &**activity)
    }

    /// The activity that an event scheduled, unless it has ended for good.
    pub fn pending_activity(&self, scheduled_event_id: EventId) -> Option<&PendingActivity> {
        self.activities
            .get(&scheduled_event_id)
            .map(|activity| &**activity)
    }

    /// The activities whose attempt may be started now, longest waiting first, and their turns.
    ///
    /// Those up to `seen` are left out, without being looked at. Whoever goes on behind the last
    /// turn that it was given is given every attempt once, and again if the clock was put back.
    pub fn startable_activities(
        &self,
        seen: LinePlace,
        now: Timestamp,
    ) -> impl Iterator<Item = (LinePlace, &PendingActivity)> {
        // A clock that was put back lets attempts begin to wait for a time before the last turn.
        let seen = if seen.not_before > now {
            LinePlace::default()
        } else {
            seen
        };
        let due = (Bound::Excluded(seen), Bound::Included(last_turn(now)));
        let due = self.waiting.range(due).filter(|_| !self.is_paused());
        due.filter_map(|(turn, id)| Some((*turn, self.pending_activity(*id)?)))
            .filter(move |(_, activity)| activity.may_start(now))
    }

    /// Whether an attempt of this activity may be started now.
    pub fn is_startable(&self, scheduled_event_id: EventId, now: Timestamp) -> bool {
        let activity = self.pending_activity(scheduled_event_id);
        !self.is_paused() && activity.is_some_and(|activity| activity.may_start(now))
    }

    /// The timers that have neither fired nor been canceled, in the order they were started.
    pub fn pending_timers(&self) -> impl Iterator<Item = &PendingTimer> {
        self.timers.values().map(|timer| &**timer)
    }

    /// The heartbeat details that were too large to keep, if there were any.
    pub fn dropped_details(&self) -> Option<&DroppedDetails> {
        self.dropped_details.as_deref()
    }

    /// The records that could not be read when the run was terminated, and were given up.
    pub fn lost_records(&self) -> &[RecordsLost] {
        &self.rare().lost_records
    }

    pub(super) fn outbox(&self) -> Option<&Outbox> {
        self.outbox.as_deref()
    }

    /// Whether it has messages for other runs that have not been answered.
    pub fn has_messages(&self) -> bool {
        self.outbox.is_some()
    }

    /// A message that has not been answered.
    pub fn message(&self, id: MessageId) -> Option<&Message> {
        self.outbox()?.get(id)
    }

    /// Whether this event is the answer to a message that has not been answered.
    pub(super) fn awaits(&self, answer: &EventAttributes) -> bool {
        let answered = outbox::settled_by(answer);
        answered.is_some_and(|id| self.message(id).is_some())
    }

    /// The messages that are on their way, or should be: the first for each execution.
    pub fn first_messages(&self) -> impl Iterator<Item = &Message> {
        self.outbox().into_iter().flat_map(Outbox::firsts)
    }

    /// The first message for an execution.
    pub(super) fn first_message(&self, receiver: &WorkflowId) -> Option<&Message> {
        self.outbox()?.first(receiver)
    }

    /// The message that an event of a command has caused.
    pub(super) fn message_of(&self, event_id: EventId) -> Option<&Message> {
        let mut kinds = MessageKind::ALL.iter();
        kinds.find_map(|kind| {
            let kind = *kind;
            self.message(MessageId { event_id, kind })
        })
    }

    /// How many messages of a kind have not been answered.
    pub(super) fn message_count(&self, kind: MessageKind) -> usize {
        self.outbox().map_or(0, |outbox| outbox.count(kind))
    }

    /// Whether somebody has asked the run to stop.
    pub fn cancel_requested(&self) -> bool {
        self.cancel_requested
    }

    /// How many signals the run has accepted; reports of progress are none of them.
    pub fn signal_count(&self) -> usize {
        let buffered = self.buffer.iter().filter(|waiting| {
            matches!(
                &waiting.attributes,
                EventAttributes::WorkflowExecutionSignaled(it) if ProgressMark::of(it).is_none()
            )
        });
        self.signals + buffered.count()
    }

    /// What waits for the workflow task that runs.
    pub fn buffered_events(&self) -> impl Iterator<Item = &EventAttributes> {
        self.buffer.iter().map(|waiting| &waiting.attributes)
    }

    /// How many events wait for the workflow task that runs.
    pub fn buffered_event_count(&self) -> usize {
        self.buffer.len()
    }

    /// The earliest time after the last transition at which something is due.
    ///
    /// Something is due when [`pass_deadlines`](crate::machine::execution::decide::pass_deadlines)
    /// has something to do, or when a backoff is over.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.next_deadline_after(self.at)
    }

    /// The earliest time at which something is due, backoffs that are over by `now` aside.
    ///
    /// A workflow task or an attempt whose backoff is over may have to wait for its turn; this is
    /// what to sleep until meanwhile.
    pub fn next_deadline_after(&self, now: Timestamp) -> Option<Timestamp> {
        if !self.status.is_open() {
            return None;
        }
        let after = (Bound::Excluded(last_turn(now)), Bound::Unbounded);
        let task = self.workflow_task();
        let attempt = self.waiting.range(after).next();
        let beginning = [
            self.first_workflow_task_at(),
            attempt.map(|(turn, _)| turn.not_before),
        ];
        // What is paused begins nothing.
        let beginning = beginning.map(|at| at.filter(|_| !self.is_paused()));
        [
            self.run_deadline(),
            self.deadlines.first().map(|(at, _)| *at),
            task.and_then(PendingWorkflowTask::deadline),
            task.filter(|task| task.started.is_none())
                .map(PendingWorkflowTask::not_before)
                .filter(|at| *at > now),
        ]
        .into_iter()
        .chain(beginning)
        .flatten()
        .min()
    }

    /// When the time of the run, or of the whole execution, is up.
    pub fn run_deadline(&self) -> Option<Timestamp> {
        let started = self.started()?;
        let run = started.workflow_run_timeout;
        // The run's time begins when its program may, or goes on after a reset.
        let run = run.map(|timeout| {
            let fork = self.rare().fork.as_ref();
            let (since, backoff) = fork.map_or_else(
                || (self.started_at, self.initial_backoff()),
                |fork| (fork.at, Duration::ZERO),
            );
            since.after(backoff.saturating_add(timeout))
        });
        let execution = self.execution_deadline();
        run.into_iter().chain(execution).min()
    }

    /// When the time of the whole execution is up.
    pub(super) fn execution_deadline(&self) -> Option<Timestamp> {
        let started = self.started()?;
        let expiration = started.workflow_execution_expiration_time?;
        match (&self.rare().fork, started.workflow_execution_timeout) {
            (Some(fork), Some(timeout)) => Some(fork.at.after(timeout)),
            _ => Some(self.started_at.adjust(expiration)),
        }
    }

    /// What recovery has to know about the run, as of its last transition.
    pub fn wake(&self) -> Wake {
        if !self.status.is_open() {
            return Wake {
                closed: self.closed_at.is_some(),
                at_once: self.has_messages(),
                ..Wake::default()
            };
        }
        let an_attempt_runs = self.activities.len() > self.waiting.len() + self.handed_over;
        let first = self.waiting.first_key_value();
        let is_due = |(turn, _): (&LinePlace, _)| turn.not_before <= self.at;
        let an_attempt_is_due = !self.is_paused() && first.is_some_and(is_due);
        Wake {
            deadline: self.next_deadline(),
            // A task that is backing off counts too: the code of a new process may fit. One that has
            // started is carried by nobody then.
            at_once: an_attempt_runs
                || an_attempt_is_due
                || self.workflow_task().is_some()
                || self.has_messages(),
            closed: false,
        }
    }

    /// A place in the line of the attempts that wait to be started.
    // Invariant: nobody begins to wait for a time that has passed, so the place is behind all that
    // could be started until now.
    pub(super) fn next_turn(&mut self, not_before: Timestamp) -> LinePlace {
        self.turns += 1;
        LinePlace {
            not_before,
            number: self.turns,
        }
    }

    pub(super) fn insert_activity(&mut self, activity: PendingActivity) {
        let id = activity.scheduled_event_id;
        self.activity_ids
            .insert(activity.scheduled.activity_id.clone(), id);
        self.pending_bytes += size::activity(&activity);
        self.reindex(id, Places::default(), Places::of(&activity));
        self.activities.insert(id, Box::new(activity));
    }

    pub(super) fn change_activity(
        &mut self,
        scheduled_event_id: EventId,
        change: impl FnOnce(&mut PendingActivity),
    ) {
        let Some(activity) = self.activities.get_mut(&scheduled_event_id) else {
            return;
        };
        let (before, bytes) = (Places::of(activity), size::activity(activity));
        change(activity);
        let after = Places::of(activity);
        self.pending_bytes = self.pending_bytes - bytes + size::activity(activity);
        self.reindex(scheduled_event_id, before, after);
    }

    pub(super) fn remove_activity(&mut self, scheduled_event_id: EventId) {
        let Some(activity) = self.activities.remove(&scheduled_event_id) else {
            return;
        };
        self.pending_bytes -= size::activity(&activity);
        self.reindex(scheduled_event_id, Places::of(&activity), Places::default());
        let activity_id = &activity.scheduled.activity_id;
        if self.activity_ids.get(activity_id) == Some(&scheduled_event_id) {
            self.activity_ids.remove(activity_id);
        }
    }

    fn reindex(&mut self, id: EventId, before: Places, after: Places) {
        if before.deadline != after.deadline {
            if let Some(at) = before.deadline {
                self.deadlines.remove(&(at, id));
            }
            if let Some(at) = after.deadline {
                self.deadlines.insert((at, id));
            }
        }
        if before.turn != after.turn {
            if let Some(turn) = before.turn {
                self.waiting.remove(&turn);
            }
            if let Some(turn) = after.turn {
                self.waiting.insert(turn, id);
            }
        }
        self.handed_over += usize::from(after.handed_over);
        self.handed_over -= usize::from(before.handed_over);
        if before.failing && !after.failing {
            self.failing.remove(&id);
        } else if after.failing && !before.failing {
            self.failing.insert(id);
        }
    }

    pub(super) fn insert_timer(&mut self, timer: PendingTimer) {
        let id = timer.started_event_id;
        self.timer_ids.insert(timer.timer_id.clone(), id);
        self.deadlines.insert((timer.fires_at(), id));
        self.timers.insert(id, Box::new(timer));
    }

    pub(super) fn remove_timer(&mut self, started_event_id: EventId) {
        let Some(timer) = self.timers.remove(&started_event_id) else {
            return;
        };
        self.deadlines.remove(&(timer.fires_at(), started_event_id));
        if self.timer_ids.get(&timer.timer_id) == Some(&started_event_id) {
            self.timer_ids.remove(&timer.timer_id);
        }
    }
}

/// Where the indexes keep an activity.
#[derive(Clone, Copy, Default)]
struct Places {
    deadline: Option<Timestamp>,
    turn: Option<LinePlace>,
    failing: bool,
    handed_over: bool,
}

impl Places {
    fn of(activity: &PendingActivity) -> Self {
        Self {
            deadline: activity.next_timeout().map(|(at, _)| at),
            turn: match activity.state {
                ActivityState::Scheduled { turn, .. } => Some(turn),
                ActivityState::Started { .. } => None,
            },
            failing: activity.last_failure.is_some(),
            handed_over: activity.is_handed_over(),
        }
    }
}

/// The last place of an attempt that can be started at this time.
fn last_turn(now: Timestamp) -> LinePlace {
    LinePlace {
        not_before: now,
        number: u64::MAX,
    }
}
