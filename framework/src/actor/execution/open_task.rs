//! The workflow task that is open while local activities of its program run.
//!
//! Its start is durable before any of them begins, and its answer is given when all have ended. In
//! between the execution takes other messages, and what they record is buffered. What an attempt
//! comes to is judged here: whether there is another one, after a wait in memory or after a timer of
//! the program's.
//!
//! Dropping it stops the attempts that run: the task has ended otherwise, or its run leaves memory.

use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix::Addr;
use derive_more::Debug;
use futures::future::AbortHandle;

use crate::{
    activity::{ActivityCancellation, ActivityInfo},
    actor::{
        LocalAttempt, LocalEnd, LocalInbox, LocalKey, LocalStart, Outage, Refusal,
        message::ExecutionMail,
        pipeline::Ticket,
        port::ActivityPort,
        shard::{Shard, ShardNote},
    },
    machine::{
        execution::{
            ExecutionState, PendingWorkflowTask,
            decide::{AttemptOutcome, judge_local_attempt},
            retry::{self, Decision},
        },
        replay::{
            ActivitySequence, LocalActivityEnd, LocalActivityOutcome, LocalActivityRequest,
            LocalActivityTask,
        },
    },
    model::{
        ActivityType, EventId, Failure, Header, Payloads, RunId, TimeoutType, Timestamp,
        event::workflow_execution::Started, limits,
    },
};

/// Bound: attempts of local activities of one run that run at once; further ones wait their turn.
const ATTEMPTS_MAX: usize = 1_000;

/// How long the next attempt may have to wait in memory, where nothing else is said.
const RETRY_THRESHOLD: Duration = Duration::from_secs(60);

/// After which share of its timeout a workflow task heartbeats.
const HEARTBEAT_SHARE: f64 = 0.8;

/// A workflow task whose answer waits for local activities.
#[derive(Debug)]
pub(super) struct OpenTask {
    run_id: RunId,
    #[debug(skip)]
    shard: Rc<Addr<Shard>>,
    /// Its start, and which attempt it is.
    task: (EventId, u32),
    heartbeat_at: Timestamp,
    /// The transition that has its start, once that is with the committer.
    pub(super) begun: Option<Ticket>,
    inbox: Arc<LocalInbox>,
    activities: BTreeMap<ActivitySequence, LocalActivity>,
    /// How many of them run.
    running: usize,
    // Bound: that of the mailbox they come from, and of the shard's before.
    held: Vec<ExecutionMail>,
    /// Whether the run is to leave memory when the task is over.
    pub(super) leaves: bool,
}

/// A local activity that has not ended.
#[derive(Debug)]
struct LocalActivity {
    task: Box<LocalActivityTask>,
    attempt: u32,
    /// When the first attempt was asked for.
    scheduled_at: Timestamp,
    stand: Stand,
}

/// How a local activity stands.
#[derive(Debug)]
enum Stand {
    /// Its next attempt begins then.
    Waits { until: Timestamp },
    /// An attempt runs.
    Runs {
        cancellation: Arc<ActivityCancellation>,
        #[debug(skip)]
        stop: Option<AbortHandle>,
        timeout: (Timestamp, TimeoutType),
    },
}

/// A local activity of a type that nobody here can run.
#[derive(Debug)]
pub(super) struct Unregistered(pub(super) ActivityType);

impl OpenTask {
    /// The task that has just started.
    pub(super) fn new(shard: Rc<Addr<Shard>>, state: &ExecutionState) -> Self {
        let run_id = state.run_id();
        let mut open = Self {
            run_id,
            shard,
            task: (EventId::NONE, 0),
            heartbeat_at: Timestamp::EPOCH,
            begun: None,
            inbox: LocalInbox::new(run_id),
            activities: BTreeMap::new(),
            running: 0,
            held: Vec::new(),
            leaves: false,
        };
        open.move_on(state);
        open
    }

    /// The task that has started now takes the place of the one before; what runs goes on.
    pub(super) fn move_on(&mut self, state: &ExecutionState) {
        self.begun = None;
        if let Some(task) = state.workflow_task()
            && let Some(start) = &task.started
        {
            self.task = name(task);
            let share = task.start_to_close_timeout.mul_f64(HEARTBEAT_SHARE);
            self.heartbeat_at = start.at.after(share);
        }
    }

    /// Whether this is the workflow task that the run has started.
    pub(super) fn is_of(&self, state: &ExecutionState) -> bool {
        let task = state.workflow_task().filter(|it| it.started.is_some());
        state.status().is_open() && task.is_some_and(|task| name(task) == self.task)
    }

    /// Heartbeats in the next step.
    pub(super) fn beat_next(&mut self) {
        self.heartbeat_at = Timestamp::EPOCH;
    }

    /// Whether it is time to say that it goes on.
    pub(super) fn heartbeat_is_due(&self, state: &ExecutionState, now: Timestamp) -> bool {
        // What is buffered without end would fail the task.
        let is_full = state.buffered_event_count() >= limits::BUFFERED_EVENTS_MAX / 2;
        self.heartbeat_at <= now || is_full
    }

    /// Keeps mail until the task is over, or heartbeats.
    pub(super) fn hold(&mut self, mail: ExecutionMail) {
        self.held.push(mail);
    }

    /// Refuses what is held: nobody goes on with the task any more.
    pub(super) fn refuse_held(&mut self) {
        for mail in self.held.drain(..) {
            mail.refuse(Refusal::Unavailable(Outage::ShuttingDown));
        }
    }

    /// Gives back what was held.
    pub(super) fn release_held(&mut self) {
        for mail in self.held.drain(..) {
            let run_id = self.run_id;
            // It goes by way of the shard, because the run may leave memory at the same moment.
            self.shard.do_send(ShardNote::Returned { run_id, mail });
        }
    }

    /// Whether its start is on disk, up to where all is durable.
    pub(super) fn is_durable(&self, durable: Ticket) -> bool {
        self.begun.is_some_and(|begun| begun <= durable)
    }

    /// When something is to be done next; attempts that cannot begin wait for something else than time.
    pub(super) fn next_deadline(&self, may_start: bool) -> Option<Timestamp> {
        let has_room = may_start && self.running < ATTEMPTS_MAX;
        let activities = self.activities.values();
        let due = activities.filter_map(|activity| match &activity.stand {
            Stand::Waits { until } => has_room.then_some(*until),
            Stand::Runs { timeout, .. } => Some(timeout.0),
        });
        due.chain([self.heartbeat_at]).min()
    }

    /// Takes over what the program asks for.
    pub(super) fn take_over(
        &mut self,
        requests: Vec<LocalActivityRequest>,
        now: Timestamp,
    ) -> Vec<LocalActivityEnd> {
        let mut ends = Vec::new();
        for request in requests {
            match request {
                LocalActivityRequest::Run(task) => {
                    let activity = LocalActivity {
                        attempt: task.attempt,
                        scheduled_at: task.originally_scheduled_at.unwrap_or(now),
                        stand: Stand::Waits { until: now },
                        task,
                    };
                    if activity.task.cancel_requested {
                        ends.push(activity.canceled_while_waiting(now));
                    } else {
                        self.activities.insert(activity.task.activity, activity);
                    }
                }
                LocalActivityRequest::Cancel(sequence) => ends.extend(self.cancel(sequence, now)),
                LocalActivityRequest::Stop(sequence) => {
                    if let Some(Stand::Runs { cancellation, .. }) = self.remove(sequence) {
                        cancellation.request();
                    }
                }
                LocalActivityRequest::Abandon(sequence) => drop(self.remove(sequence)),
            }
        }
        ends
    }

    /// Asks one to stop; one that does not run ends at once.
    fn cancel(&mut self, sequence: ActivitySequence, now: Timestamp) -> Option<LocalActivityEnd> {
        let activity = self.activities.get_mut(&sequence)?;
        activity.task.cancel_requested = true;
        if let Stand::Runs { cancellation, .. } = &activity.stand {
            cancellation.request();
            return None;
        }
        let end = activity.canceled_while_waiting(now);
        self.activities.remove(&sequence);
        Some(end)
    }

    fn remove(&mut self, sequence: ActivitySequence) -> Option<Stand> {
        let removed = self.activities.remove(&sequence)?;
        if let Stand::Runs { .. } = removed.stand {
            self.running -= 1;
        }
        Some(removed.stand)
    }

    /// The activities that have ended since the last look, or whose time is up.
    pub(super) fn take_ends(&mut self, now: Timestamp) -> Vec<LocalActivityEnd> {
        let ended = self.inbox.take();
        let mut ends: Vec<_> = ended
            .into_iter()
            .filter_map(|end| self.judge(end, now))
            .collect();
        ends.extend(self.time_out(now));
        ends
    }

    fn time_out(&mut self, now: Timestamp) -> Vec<LocalActivityEnd> {
        let overdue = self.activities.values().filter_map(|it| match &it.stand {
            Stand::Runs { timeout, .. } if timeout.0 <= now => Some((it.key(), timeout.1)),
            _ => None,
        });
        let overdue: Vec<_> = overdue.collect();
        let mut ends = Vec::new();
        for (key, clock) in overdue {
            let activity = self.activities.get(&key.activity);
            if let Some(activity) = activity {
                activity.stop();
            }
            // As Temporal's SDKs have it, who names nobody that it comes from.
            let failure = Failure {
                source: String::new(),
                ..Failure::timeout("Activity timed out", clock)
            };
            let outcome = AttemptOutcome::Failed(Box::new(failure));
            ends.extend(self.judge(LocalEnd { key, outcome }, now));
        }
        ends
    }

    /// What the end of an attempt comes to: that of its activity, unless another attempt is made
    /// after a wait in memory.
    fn judge(&mut self, end: LocalEnd, now: Timestamp) -> Option<LocalActivityEnd> {
        let LocalEnd { key, outcome } = end;
        let activity = self.activities.get_mut(&key.activity)?;
        let runs = matches!(activity.stand, Stand::Runs { .. });
        // One whose time was up before has been followed by another.
        if !runs || activity.attempt != key.attempt {
            return None;
        }
        self.running -= 1;
        let asked_to_stop = activity.task.cancel_requested;
        let outcome = match judge_local_attempt(outcome, asked_to_stop) {
            Ok(result) => LocalActivityOutcome::Completed(result),
            Err(failure) => activity.retry(failure, now)?,
        };
        let end = activity.end(outcome, now);
        self.activities.remove(&key.activity);
        Some(end)
    }

    /// Begins the attempts whose time has come; returns the ends of those that have ended at once.
    pub(super) fn start_due(
        &mut self,
        state: &ExecutionState,
        port: &dyn ActivityPort,
        now: Timestamp,
    ) -> Result<Vec<LocalActivityEnd>, Unregistered> {
        let due = self.activities.values().filter(|it| match it.stand {
            Stand::Waits { until } => until <= now,
            Stand::Runs { .. } => false,
        });
        let room = ATTEMPTS_MAX.saturating_sub(self.running);
        let due: VecDeque<_> = due.take(room).map(|it| it.task.activity).collect();
        let mut ends = Vec::new();
        for sequence in due {
            let Some(activity) = self.activities.get_mut(&sequence) else {
                continue;
            };
            let key = activity.key();
            let timeout = activity.timeout(now);
            let cancellation = Arc::<ActivityCancellation>::default();
            let attempt = LocalAttempt {
                key,
                info: activity.info(state, now, timeout.0),
                input: activity.task.input.clone(),
                cancellation: Arc::clone(&cancellation),
                inbox: Arc::clone(&self.inbox),
            };
            let (stop, outcome) = match port.run_local(attempt) {
                LocalStart::Unregistered => {
                    return Err(Unregistered(activity.task.activity_type.clone()));
                }
                LocalStart::Running(stop) => (stop, None),
                LocalStart::Ended(outcome) => (None, Some(outcome)),
            };
            activity.stand = Stand::Runs {
                cancellation,
                stop,
                timeout,
            };
            self.running += 1;
            let ended = outcome.map(|outcome| LocalEnd { key, outcome });
            ends.extend(ended.and_then(|end| self.judge(end, now)));
        }
        Ok(ends)
    }
}

impl Drop for OpenTask {
    fn drop(&mut self) {
        self.activities.values().for_each(LocalActivity::stop);
        self.release_held();
        if self.leaves {
            self.shard.do_send(ShardNote::Leaves(self.run_id));
        }
    }
}

impl LocalActivity {
    fn key(&self) -> LocalKey {
        LocalKey {
            activity: self.task.activity,
            attempt: self.attempt,
        }
    }

    /// Stops the attempt that runs, if that is possible: its end is no news any more.
    fn stop(&self) {
        if let Stand::Runs {
            cancellation, stop, ..
        } = &self.stand
        {
            cancellation.request();
            if let Some(stop) = stop {
                stop.abort();
            }
        }
    }

    /// When the time of all attempts is up, if there is a limit.
    fn expiration(&self) -> Option<Timestamp> {
        let limit = self.task.options.schedule_to_close;
        let limit = limit.filter(|limit| !limit.is_zero())?;
        Some(self.scheduled_at.after(limit))
    }

    /// When the time of an attempt is up that begins now, and by which clock.
    fn timeout(&self, now: Timestamp) -> (Timestamp, TimeoutType) {
        let attempt = self.task.options.start_to_close;
        let attempt = attempt.filter(|limit| !limit.is_zero());
        let attempt = attempt.map(|limit| (now.after(limit), TimeoutType::StartToClose));
        let all = self.expiration();
        let all = all.map(|at| (at, TimeoutType::ScheduleToClose));
        let never = (Timestamp::MAX, TimeoutType::Unspecified);
        let earliest = attempt.into_iter().chain(all).min_by_key(|(at, _)| *at);
        // Invariant: the program asks for no local activity without a limit.
        earliest.unwrap_or(never)
    }

    /// What comes with the call.
    fn header(&self, started: Option<&Started>) -> Header {
        let given = self.task.header.as_ref();
        let header = given.or_else(|| started.map(|it| &it.lineage.header));
        header.cloned().unwrap_or_default()
    }

    fn info(&self, state: &ExecutionState, now: Timestamp, deadline: Timestamp) -> ActivityInfo {
        let started = state.started();
        ActivityInfo {
            execution: state.execution(),
            workflow_type: started
                .map(|it| it.workflow_type.clone())
                .unwrap_or_default(),
            activity_id: self.task.activity_id.clone(),
            activity_type: self.task.activity_type.clone(),
            task_queue: started.map(|it| it.task_queue.clone()).unwrap_or_default(),
            attempt: self.attempt,
            attempt_of_all: self.attempt,
            scheduled_at: self.scheduled_at,
            started_at: now,
            deadline: Some(deadline),
            is_local: true,
            header: self.header(started),
            ..ActivityInfo::default()
        }
    }

    /// What a failed attempt comes to; `None` if the next one is made after a wait in memory.
    fn retry(&mut self, failure: Box<Failure>, now: Timestamp) -> Option<LocalActivityOutcome> {
        let options = &self.task.options;
        let decision = retry::decide(
            &options.retry,
            self.attempt,
            &failure,
            now,
            self.expiration(),
            self.task.cancel_requested,
        );
        let Decision::Retry { at } = decision else {
            return Some(LocalActivityOutcome::Failed(failure));
        };
        let duration = at.since(now);
        if duration > options.local_retry_threshold.unwrap_or(RETRY_THRESHOLD) {
            return Some(LocalActivityOutcome::BackOff { failure, duration });
        }
        self.attempt = self.attempt.saturating_add(1);
        self.stand = Stand::Waits { until: at };
        None
    }

    fn end(&self, outcome: LocalActivityOutcome, now: Timestamp) -> LocalActivityEnd {
        LocalActivityEnd {
            activity: self.task.activity,
            attempt: self.attempt,
            originally_scheduled_at: self.scheduled_at,
            completed_at: now,
            outcome,
        }
    }

    fn canceled_while_waiting(&self, now: Timestamp) -> LocalActivityEnd {
        let failure = Failure::canceled("activity canceled", Payloads::EMPTY);
        self.end(LocalActivityOutcome::Failed(Box::new(failure)), now)
    }
}

fn name(task: &PendingWorkflowTask) -> (EventId, u32) {
    let start = task.started.as_ref();
    let started_event_id = start.map_or(EventId::NONE, |start| start.started_event_id);
    (started_event_id, task.attempt)
}
