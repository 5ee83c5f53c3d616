//! The fold: the only code that writes execution state, live and at recovery alike.
//!
//! It is total: whatever a record says, it never fails and never panics. What a record means is
//! decided before it is written, in `decide`.

use std::time::Duration;

use crate::{
    machine::execution::{
        ActivityState, DroppedDetails, ExecutionState, Message, PendingActivity, PendingTimer,
        PendingWorkflowTask, Since, WorkflowTaskProblem, WorkflowTaskStart,
        outbox::{self, Outbox},
        size,
    },
    model::{
        Change, Entry, EventAttributes, EventId, ExecutionStatus, Failure, HistoryEvent, MessageId,
        Payloads, ProgressMark, Timestamp, Transition, event,
        transition::{
            AttemptHandedOver, HeartbeatDetailsDropped, RecordsLost, SignalDropped,
            TransientScheduled, TransientStarted,
        },
    },
};

impl ExecutionState {
    /// Takes over what a transition changed.
    pub fn apply(&mut self, transition: &Transition) {
        for entry in &transition.entries {
            self.apply_entry(transition.at, entry);
        }
        self.last_record = self.last_record.next();
    }

    /// Passes over records that were given up.
    ///
    /// For each of them an event id is left out, so that the history shows where it has a gap.
    pub fn pass_over(&mut self, lost: &RecordsLost) {
        self.last_record = lost.last;
        let next = self.last_event_id.get().saturating_add(lost.count().into());
        self.last_event_id = EventId::new(next);
    }

    /// Begins with what is known of a run whose first record was given up.
    pub fn assume_started(&mut self, at: Timestamp, started: event::workflow_execution::Started) {
        self.begin(at, started);
    }

    fn begin(&mut self, at: Timestamp, started: event::workflow_execution::Started) {
        self.started_bytes = u64::try_from(size::started(&started)).unwrap_or(u64::MAX);
        self.started = Some(Box::new(started));
        self.started_at = at.into();
        self.status = ExecutionStatus::Running;
    }

    pub(super) fn apply_entry(&mut self, at: Timestamp, entry: &Entry) {
        self.at = at;
        match entry {
            Entry::Event(event) => self.apply_event(event),
            Entry::Change(change) => self.apply_change(change),
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "an arm for each type of event, and no logic beside"
    )]
    fn apply_event(&mut self, event: &HistoryEvent) {
        self.last_event_id = event.id;
        self.history_size_bytes += size::event(&event.attributes);
        match &event.attributes {
            EventAttributes::WorkflowExecutionStarted(started) => {
                self.version = started.lineage.inherited_pinned_version;
                self.begin(event.time, started.clone());
                self.first_workflow_task_waits = !started.first_workflow_task_backoff.is_zero();
            }
            EventAttributes::WorkflowTaskScheduled(scheduled) => {
                self.first_workflow_task_waits = false;
                self.schedule_workflow_task(event, scheduled);
            }
            EventAttributes::WorkflowTaskStarted(started) => {
                self.start_workflow_task(event, started);
            }
            EventAttributes::WorkflowTaskCompleted(completed) => {
                self.workflow_task = None;
                self.completed_workflow_task = true;
                self.keeper = Some(completed.identity.clone());
                self.forget_admitted();
                self.version = completed.deployment_version.or(self.version);
            }
            EventAttributes::WorkflowTaskFailed(failed) if failed.is_reset() => {
                self.workflow_task = None;
                self.keeper = None;
                self.problem = None;
                self.begin_activities_anew(event.time);
            }
            EventAttributes::WorkflowTaskFailed(failed) if failed.is_pause() => {
                self.take_task_back();
            }
            EventAttributes::WorkflowTaskFailed(failed) => {
                self.end_workflow_task(WorkflowTaskProblem {
                    attempt: 1,
                    cause: failed.cause,
                    failure: failed.failure.clone(),
                    next_attempt_at: event.time,
                });
            }
            EventAttributes::WorkflowTaskTimedOut(timed_out) => {
                self.end_workflow_task(WorkflowTaskProblem::timed_out(
                    1,
                    timed_out.timeout_type,
                    event.time,
                ));
            }
            EventAttributes::ActivityTaskScheduled(scheduled) => {
                self.schedule_activity(event, scheduled);
            }
            EventAttributes::ActivityTaskCancelRequested(requested) => {
                self.change_activity(requested.scheduled_event_id, |activity| {
                    activity.cancel_requested = Some(event.id);
                });
            }
            EventAttributes::TimerStarted(started) => self.start_timer(event, started),
            EventAttributes::TimerCanceled(canceled) => {
                self.remove_timer(canceled.started_event_id);
                self.drop_buffered_firing(canceled.started_event_id);
            }
            EventAttributes::SignalExternalWorkflowExecutionInitiated(_)
            | EventAttributes::RequestCancelExternalWorkflowExecutionInitiated(_) => {
                let origin = self.origin_of(event.id);
                if let Some(mut message) = Message::caused_by(self.execution(), origin, event) {
                    if message.child_workflow_only {
                        message.parent_run_id = self.parent_of(&message.receiver.workflow_id);
                    }
                    self.add_message(message);
                }
            }
            EventAttributes::StartChildWorkflowExecutionInitiated(initiated) => {
                self.add_child(event, initiated);
            }
            EventAttributes::ChildWorkflowExecutionStarted(started) => {
                self.apply_outcome(&event.attributes);
                self.note_child_started(started.initiated_event_id, event.id);
            }
            EventAttributes::WorkflowExecutionSignaled(signaled) => {
                self.signals += usize::from(ProgressMark::of(signaled).is_none());
                self.apply_outcome(&event.attributes);
            }
            EventAttributes::WorkflowExecutionCompleted(_)
            | EventAttributes::WorkflowExecutionFailed(_)
            | EventAttributes::WorkflowExecutionTimedOut(_)
            | EventAttributes::WorkflowExecutionCanceled(_)
            | EventAttributes::WorkflowExecutionTerminated(_)
            | EventAttributes::WorkflowExecutionContinuedAsNew(_) => self.close_run(event),
            EventAttributes::WorkflowExecutionUpdateAccepted(accepted) => {
                self.rare_mut().updates.accept(event.id, accepted);
            }
            EventAttributes::WorkflowExecutionUpdateCompleted(completed) => {
                self.rare_mut().updates.complete(event.id, completed);
            }
            EventAttributes::UpsertWorkflowSearchAttributes(upserted) => {
                let properties = self.properties_mut();
                properties
                    .search_attributes
                    .apply(&upserted.search_attributes);
            }
            EventAttributes::WorkflowPropertiesModified(modified) => {
                self.properties_mut().memo.apply(&modified.upserted_memo);
            }
            EventAttributes::MarkerRecorded(marker) => self.note_control(marker),
            // Invariant: they are events that the engine does not write, so there is no pending work that
            // they could mean.
            EventAttributes::Foreign(_) => {}
            EventAttributes::WorkflowExecutionUpdateAdmitted(admitted) => {
                self.rare_mut().updates.admit(event.id, admitted);
            }
            EventAttributes::WorkflowExecutionPaused(_) => {
                self.apply_outcome(&event.attributes);
                self.take_task_back();
            }
            EventAttributes::WorkflowExecutionUnpaused(_)
            | EventAttributes::ActivityTaskStarted(_)
            | EventAttributes::ActivityTaskCompleted(_)
            | EventAttributes::ActivityTaskFailed(_)
            | EventAttributes::ActivityTaskTimedOut(_)
            | EventAttributes::ActivityTaskCanceled(_)
            | EventAttributes::TimerFired(_)
            | EventAttributes::SignalExternalWorkflowExecutionFailed(_)
            | EventAttributes::ExternalWorkflowExecutionSignaled(_)
            | EventAttributes::RequestCancelExternalWorkflowExecutionFailed(_)
            | EventAttributes::ExternalWorkflowExecutionCancelRequested(_)
            | EventAttributes::StartChildWorkflowExecutionFailed(_)
            | EventAttributes::ChildWorkflowExecutionCompleted(_)
            | EventAttributes::ChildWorkflowExecutionFailed(_)
            | EventAttributes::ChildWorkflowExecutionCanceled(_)
            | EventAttributes::ChildWorkflowExecutionTimedOut(_)
            | EventAttributes::ChildWorkflowExecutionTerminated(_)
            | EventAttributes::WorkflowExecutionCancelRequested(_) => {
                self.apply_outcome(&event.attributes);
            }
        }
    }

    /// What an event means for pending work, whether it is recorded or buffered.
    ///
    /// A buffered event takes effect when it is buffered and once more when it is recorded, so
    /// everything here can be done twice.
    fn apply_outcome(&mut self, attributes: &EventAttributes) {
        use EventAttributes as E;
        match attributes {
            E::WorkflowExecutionSignaled(signaled) => {
                if let Some(mark) = ProgressMark::of(signaled) {
                    self.note_progress(mark);
                } else if !signaled.request_id.as_str().is_empty() {
                    let request_id = signaled.request_id.clone();
                    self.rare_mut().signal_request_ids.insert(request_id);
                }
            }
            E::WorkflowExecutionCancelRequested(_) => self.cancel_requested = true,
            E::WorkflowExecutionPaused(paused) => self.note_paused(paused),
            E::WorkflowExecutionUnpaused(_) => self.note_unpaused(),
            E::TimerFired(fired) => self.remove_timer(fired.started_event_id),
            E::ChildWorkflowExecutionStarted(started) => {
                let initiated = started.initiated_event_id;
                self.note_child_started(initiated, EventId::NONE);
                self.settle(attributes);
            }
            E::StartChildWorkflowExecutionFailed(failed) => {
                self.remove_child(failed.initiated_event_id);
                self.settle(attributes);
            }
            other => {
                if let Some(scheduled_event_id) = other.ended_activity() {
                    self.remove_activity(scheduled_event_id);
                } else if let Some(initiated_event_id) = other.ended_child() {
                    self.remove_child(initiated_event_id);
                } else {
                    self.settle(other);
                }
            }
        }
    }

    /// Takes the message out of the outbox that this event says was answered, if it says so.
    fn settle(&mut self, attributes: &EventAttributes) {
        if let Some(message_id) = outbox::settled_by(attributes) {
            self.remove_message(message_id);
        }
    }

    fn apply_change(&mut self, change: &Change) {
        self.eventless_bytes += size::change(change);
        match change {
            Change::AttemptStarted(started) => {
                self.change_activity(started.scheduled_event_id, |activity| {
                    activity.attempt = started.attempt;
                    activity.last_heartbeat_at = None;
                    activity.progress = 0;
                    activity.state = ActivityState::Started {
                        at: started.at.into(),
                        identity: started.identity.clone(),
                        request_id: started.request_id.clone(),
                        handed_over: false,
                    };
                });
            }
            Change::AttemptHandedOver(handed) => self.hand_over(handed),
            Change::AttemptFailed(failed) => {
                let since = Since::from(self.at);
                let backoff = failed.next_attempt_at.since(self.at);
                let turn = self.next_turn(failed.next_attempt_at);
                self.change_activity(failed.scheduled_event_id, |activity| {
                    activity.attempt = failed.next_attempt;
                    activity.last_failure = Some(Box::new(failed.failure.clone()));
                    activity.last_heartbeat_at = None;
                    activity.state = ActivityState::Scheduled {
                        since,
                        backoff,
                        turn,
                    };
                });
            }
            Change::HeartbeatRecorded(heartbeat) => {
                self.change_activity(heartbeat.scheduled_event_id, |activity| {
                    activity.last_heartbeat_at = Some(heartbeat.at.into());
                    activity.heartbeat_details = heartbeat.details.clone();
                });
            }
            Change::HeartbeatDetailsDropped(dropped) => self.drop_details(dropped),
            Change::EventBuffered(waiting) => {
                self.apply_outcome(&waiting.attributes);
                self.buffer.push(waiting.clone());
            }
            Change::BufferFlushed(_) => self.buffer.clear(),
            Change::WorkflowTaskScheduled(scheduled) => self.schedule_transient(scheduled),
            Change::WorkflowTaskStarted(started) => self.start_transient(started),
            Change::WorkflowTaskAttemptFailed(failed) => {
                let failure = failed.failure.clone().or_else(|| self.last_task_failure());
                self.end_workflow_task(WorkflowTaskProblem {
                    attempt: failed.attempt,
                    cause: failed.cause,
                    failure,
                    next_attempt_at: failed.next_attempt_at,
                });
            }
            Change::SignalDropped(dropped) => self.drop_signal(dropped),
            Change::BackoffEnded(ended) => self.end_backoff(ended.scheduled_event_id),
            Change::RecordsLost(lost) => self.rare_mut().lost_records.push(lost.clone()),
            Change::MessageSettled(settled) => self.remove_message(settled.message_id),
            Change::Forked(forked) => self.fork(self.at, forked),
            Change::Reset(reset) => self.note_reset(*reset),
            Change::ActivityPaused(paused) => self.pause_activity(paused),
            Change::ActivityUnpaused(unpaused) => self.unpause_activity(*unpaused),
            Change::ActivityReset(reset) => self.reset_activity(reset),
            Change::ActivityOptionsUpdated(updated) => self.update_activity_options(updated),
        }
    }

    pub(super) fn add_message(&mut self, message: Message) {
        self.outbox.get_or_insert_default().add(message);
    }

    fn remove_message(&mut self, id: MessageId) {
        self.change_outbox(|outbox| outbox.remove(id));
    }

    fn change_outbox(&mut self, change: impl FnOnce(&mut Outbox)) {
        if let Some(mut outbox) = self.outbox.take() {
            change(&mut outbox);
            self.outbox = Some(outbox).filter(|outbox| !outbox.is_empty());
        }
    }

    fn drop_signal(&mut self, dropped: &SignalDropped) {
        if dropped.count == 0 {
            if let Some(rare) = self.rare_if_any() {
                rare.dropped_signals.remove(&dropped.signal_name);
            }
        } else {
            let signal_name = dropped.signal_name.clone();
            self.rare_mut()
                .dropped_signals
                .insert(signal_name, dropped.clone());
        }
    }

    pub(super) fn end_backoff(&mut self, scheduled_event_id: EventId) {
        let at = self.at;
        if scheduled_event_id == EventId::NONE {
            if let Some(task) = &mut self.workflow_task {
                task.since = at.into();
                task.backoff = Duration::ZERO;
            }
            return;
        }
        let turn = self.next_turn(at);
        self.change_activity(scheduled_event_id, |activity| {
            if !activity.is_started() {
                activity.state = ActivityState::Scheduled {
                    since: at.into(),
                    backoff: Duration::ZERO,
                    turn,
                };
            }
        });
    }

    fn hand_over(&mut self, handed: &AttemptHandedOver) {
        self.change_activity(handed.scheduled_event_id, |activity| {
            if let ActivityState::Started { handed_over, .. } = &mut activity.state {
                *handed_over = activity.attempt == handed.attempt;
            }
        });
    }

    fn drop_details(&mut self, dropped: &HeartbeatDetailsDropped) {
        let scheduled_event_id = dropped.scheduled_event_id;
        self.change_activity(scheduled_event_id, |activity| {
            activity.last_heartbeat_at = Some(dropped.at.into());
        });
        let Some(activity) = self.pending_activity(scheduled_event_id) else {
            return;
        };
        let before = self.dropped_details.as_ref().map_or(0, |it| it.count);
        self.dropped_details = Some(Box::new(DroppedDetails {
            count: before + 1,
            activity_id: activity.scheduled.activity_id.clone(),
            activity_type: activity.scheduled.activity_type.clone(),
            bytes: dropped.bytes,
        }));
    }

    fn schedule_workflow_task(
        &mut self,
        event: &HistoryEvent,
        scheduled: &event::workflow_task::Scheduled,
    ) {
        self.workflow_task = Some(PendingWorkflowTask {
            attempt: scheduled.attempt,
            scheduled_event_id: event.id,
            scheduled_at: event.time,
            since: event.time.into(),
            // What is new may be what the program needs to get on, so it is told at once.
            backoff: Duration::ZERO,
            start_to_close_timeout: scheduled.start_to_close_timeout,
            started: None,
            last_failure: self.take_problem(),
        });
    }

    fn start_workflow_task(
        &mut self,
        event: &HistoryEvent,
        started: &event::workflow_task::Started,
    ) {
        if let Some(task) = &mut self.workflow_task {
            task.started = Some(WorkflowTaskStart {
                started_event_id: event.id,
                at: event.time.into(),
                identity: started.identity.clone(),
                request_id: started.request_id.clone(),
            });
        }
    }

    fn schedule_transient(&mut self, scheduled: &TransientScheduled) {
        let last_failure = self.take_problem();
        let not_before = last_failure.as_ref().map(|last| last.next_attempt_at);
        self.workflow_task = Some(PendingWorkflowTask {
            attempt: scheduled.attempt,
            scheduled_event_id: self.last_event_id.next(),
            scheduled_at: scheduled.at,
            since: scheduled.at.into(),
            backoff: not_before.unwrap_or_default().since(scheduled.at),
            start_to_close_timeout: scheduled.start_to_close_timeout,
            started: None,
            last_failure,
        });
    }

    fn start_transient(&mut self, started: &TransientStarted) {
        if let Some(task) = &mut self.workflow_task {
            task.started = Some(WorkflowTaskStart {
                started_event_id: task.scheduled_event_id.next(),
                at: started.at.into(),
                identity: started.identity.clone(),
                request_id: started.request_id.clone(),
            });
        }
    }

    fn end_workflow_task(&mut self, problem: WorkflowTaskProblem) {
        self.workflow_task = None;
        self.keeper = None;
        self.problem = Some(Box::new(problem));
    }

    /// What the workflow task before the one that is pending failed with.
    fn last_task_failure(&self) -> Option<Box<Failure>> {
        let last = self.workflow_task.as_ref()?.last_failure.as_ref()?;
        last.failure.clone()
    }

    /// The failure that the next workflow task carries on, from wherever it is kept.
    fn take_problem(&mut self) -> Option<Box<WorkflowTaskProblem>> {
        let replaced = self.workflow_task.take();
        self.problem
            .take()
            .or_else(|| replaced.and_then(|task| task.last_failure))
    }

    fn schedule_activity(
        &mut self,
        event: &HistoryEvent,
        scheduled: &event::activity_task::Scheduled,
    ) {
        let turn = self.next_turn(event.time);
        self.insert_activity(PendingActivity {
            scheduled_event_id: event.id,
            scheduled: scheduled.clone(),
            scheduled_at: event.time.into(),
            attempt: 1,
            attempts_before: 0,
            pause: None,
            state: ActivityState::Scheduled {
                since: event.time.into(),
                backoff: Duration::ZERO,
                turn,
            },
            cancel_requested: None,
            last_failure: None,
            heartbeat_details: Payloads::EMPTY,
            last_heartbeat_at: None,
            progress: 0,
            controls: Vec::new(),
        });
    }

    fn start_timer(&mut self, event: &HistoryEvent, started: &event::timer::Started) {
        self.insert_timer(PendingTimer {
            timer_id: started.timer_id.clone(),
            started_event_id: event.id,
            started_at: event.time.into(),
            duration: started.start_to_fire_timeout,
            user_metadata: started.user_metadata.clone(),
        });
    }

    fn drop_buffered_firing(&mut self, started_event_id: EventId) {
        self.buffer.retain(|waiting| {
            !matches!(
                &waiting.attributes,
                EventAttributes::TimerFired(fired) if fired.started_event_id == started_event_id
            )
        });
    }

    fn close_run(&mut self, event: &HistoryEvent) {
        self.status = match event.attributes {
            EventAttributes::WorkflowExecutionCompleted(_) => ExecutionStatus::Completed,
            EventAttributes::WorkflowExecutionFailed(_) => ExecutionStatus::Failed,
            EventAttributes::WorkflowExecutionCanceled(_) => ExecutionStatus::Canceled,
            EventAttributes::WorkflowExecutionTimedOut(_) => ExecutionStatus::TimedOut,
            EventAttributes::WorkflowExecutionContinuedAsNew(_) => ExecutionStatus::ContinuedAsNew,
            _ => ExecutionStatus::Terminated,
        };
        let words = self.words_of_close(event);
        self.close = Some(Box::new(event.attributes.clone()));
        self.closed_at = Some(event.time);
        self.workflow_task = None;
        self.first_workflow_task_waits = false;
        self.problem = None;
        self.activities.clear();
        self.activity_ids.clear();
        self.timers.clear();
        self.timer_ids.clear();
        if let Some(rare) = self.rare_if_any() {
            rare.children.clear();
            rare.pause = None;
        }
        self.deadlines.clear();
        self.waiting.clear();
        self.handed_over = 0;
        self.buffer.clear();
        self.failing.clear();
        // What the closing task asked for is never carried out; what was asked for before still is.
        if let Some(task) = event.attributes.workflow_task_completed_event_id() {
            self.change_outbox(|outbox| outbox.remove_of_task(task));
        }
        for message in words {
            self.add_message(message);
        }
        self.pending_bytes = 0;
        // The ids of signals and updates stay: one that closed the run may be sent again, its answer lost.
    }
}
