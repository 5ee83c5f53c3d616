//! From commands to the events they become; or why a workflow task with such commands fails.
//!
//! All commands are checked before anything is written, against what would be pending by then.
//! Each becomes exactly one event, so the ids of the events are known beforehand.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    machine::execution::{
        ExecutionState, Rejection, UpdateProgress, check, control::Told, property, retry,
        succession, timeout,
    },
    model::{
        ActivityId, Command, ContinueAsNew, EventAttributes, EventId, Header, Identity, Memo,
        MessageKind, ScheduleActivityTask, SearchAttributeSchema, SearchAttributes, TimerId,
        Timestamp, UpdateId, UserMetadata,
        event::{activity_task, timer, update, workflow_execution, workflow_task::FailedCause},
        limits,
    },
};

/// Why a workflow task fails instead of completing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    /// As a kind.
    pub(super) cause: FailedCause,
    /// For people: which command, and what is wrong with it.
    pub(super) message: String,
}

/// Turns the commands of one workflow task into events, one by one.
///
/// Holds what the commands so far have changed about what is pending; the state itself stays as
/// it is until all of them have passed.
pub(super) struct Preparation<'a> {
    pub(super) state: &'a ExecutionState,
    now: Timestamp,
    identity: &'a Identity,
    pub(super) completed_event_id: EventId,
    next_event_id: EventId,
    /// Ids that were taken (`Some`) or given back (`None`) by earlier commands.
    activity_ids: BTreeMap<ActivityId, Option<EventId>>,
    timer_ids: BTreeMap<TimerId, Option<EventId>>,
    /// Updates that were accepted (`Some`) or completed (`None`) by earlier commands.
    updates: BTreeMap<UpdateId, Option<(EventId, Identity)>>,
    pending_activities: usize,
    pub(super) pending_children: usize,
    /// How many signals and cancel requests to others would be pending.
    pub(super) pending_signals: usize,
    pub(super) pending_cancel_requests: usize,
    /// Which search attributes there are.
    pub(super) schema: &'a SearchAttributeSchema,
    /// What earlier commands have made of memo and search attributes.
    pub(super) memo: Option<Memo>,
    pub(super) search_attributes: Option<SearchAttributes>,
    /// What pending activities have been told, with earlier commands.
    pub(super) controls: BTreeMap<EventId, Told>,
    dropped_firings: Vec<EventId>,
    events: Vec<EventAttributes>,
    /// How many commands follow, which have to know what this one has changed.
    following: usize,
}

/// The events that the commands of a workflow task become.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The events, in the order of the commands.
    pub(super) events: Vec<EventAttributes>,
    /// How many buffered firings are dropped, because their timers are canceled.
    pub(super) dropped_firings: usize,
}

impl<'a> Preparation<'a> {
    /// For a workflow task whose completion will be this event.
    pub(super) fn new(
        state: &'a ExecutionState,
        identity: &'a Identity,
        completed_event_id: EventId,
        now: Timestamp,
        schema: &'a SearchAttributeSchema,
    ) -> Self {
        Self {
            state,
            now,
            identity,
            completed_event_id,
            next_event_id: completed_event_id.next(),
            activity_ids: BTreeMap::new(),
            timer_ids: BTreeMap::new(),
            updates: BTreeMap::new(),
            pending_activities: state.activities.len(),
            pending_children: state.rare().children.len(),
            pending_signals: state.message_count(MessageKind::Signal),
            pending_cancel_requests: state.message_count(MessageKind::RequestCancel),
            schema,
            memo: None,
            search_attributes: None,
            controls: BTreeMap::new(),
            dropped_firings: Vec::new(),
            events: Vec::new(),
            following: 0,
        }
    }

    /// Checks all commands and makes their events.
    pub(super) fn prepare(mut self, commands: Vec<Command>) -> Result<Prepared, Refusal> {
        self.events.reserve_exact(commands.len());
        self.following = commands.len();
        let mut closing: Option<&'static str> = None;
        for (index, command) in commands.into_iter().enumerate() {
            self.following -= 1;
            let name = command.name();
            let cause = faulty_attributes(&command);
            let refusal = |cause, what: String| Refusal {
                cause,
                message: format!("{name}: {what} command_index={index}"),
            };
            if let Some(closing) = closing {
                return Err(refusal(
                    cause,
                    format!("comes after {closing}, which closes the run"),
                ));
            }
            closing = command.is_closing().then_some(name);
            let event = self.event(command).map_err(|fault| match fault {
                Fault::Attributes(what) => refusal(cause, what),
                Fault::Other(cause, what) => refusal(cause, what),
            })?;
            self.events.push(event);
            self.next_event_id = self.next_event_id.next();
        }
        let waiting = self.state.buffer.len() - self.dropped_firings.len();
        if let Some(closing) = closing.filter(|_| waiting > 0) {
            return Err(Refusal {
                cause: FailedCause::UnhandledCommand,
                message: format!(
                    "{closing}: the run would close on events it has not seen events={waiting}"
                ),
            });
        }
        Ok(Prepared {
            events: self.events,
            dropped_firings: self.dropped_firings.len(),
        })
    }

    fn event(&mut self, command: Command) -> Result<EventAttributes, Fault> {
        let workflow_task_completed_event_id = self.completed_event_id;
        Ok(match command {
            Command::ScheduleActivityTask(activity) => self.schedule_activity(activity)?.into(),
            Command::RequestCancelActivityTask { scheduled_event_id } => {
                self.request_cancel_activity(scheduled_event_id)?.into()
            }
            Command::StartTimer {
                timer_id,
                start_to_fire_timeout,
                user_metadata,
            } => self
                .start_timer(timer_id, start_to_fire_timeout, user_metadata)?
                .into(),
            Command::CancelTimer { timer_id } => self.cancel_timer(timer_id)?.into(),
            Command::StartChildWorkflowExecution(asked) => self.start_child(*asked)?.into(),
            Command::SignalExternalWorkflowExecution(signal) => {
                self.signal_external(signal)?.into()
            }
            Command::RequestCancelExternalWorkflowExecution(request) => {
                self.request_cancel_external(request)?.into()
            }
            Command::RecordMarker(marker) => self.record_marker(marker)?.into(),
            Command::UpsertWorkflowSearchAttributes { search_attributes } => {
                self.upsert_search_attributes(search_attributes)?.into()
            }
            Command::ModifyWorkflowProperties { upserted_memo } => {
                self.upsert_memo(upserted_memo)?.into()
            }
            Command::AcceptUpdate { request } => self.accept_update(*request)?.into(),
            Command::CompleteUpdate { update_id, outcome } => {
                self.complete_update(update_id, outcome)?.into()
            }
            Command::CompleteWorkflowExecution { result } => {
                check::payloads("workflow result", &result)?;
                EventAttributes::WorkflowExecutionCompleted(workflow_execution::Completed {
                    result,
                    workflow_task_completed_event_id,
                    new_execution_run_id: succession::after_completion(self.state, self.now),
                })
            }
            Command::FailWorkflowExecution { failure } => {
                check::failure("workflow failure", &failure)?;
                let (retry_state, new_execution_run_id) =
                    succession::after_failure(self.state, &failure, self.now);
                EventAttributes::WorkflowExecutionFailed(workflow_execution::Failed {
                    failure: Box::new(failure),
                    retry_state,
                    workflow_task_completed_event_id,
                    new_execution_run_id,
                })
            }
            Command::CancelWorkflowExecution { details } => {
                check::payloads("details of the cancellation", &details)?;
                EventAttributes::WorkflowExecutionCanceled(workflow_execution::Canceled {
                    details,
                    workflow_task_completed_event_id,
                })
            }
            Command::ContinueAsNewWorkflowExecution(asked) => self.continue_as_new(asked)?.into(),
        })
    }

    /// What travels on with something that is asked for.
    pub(super) fn header(&self, asked: Option<Header>) -> Result<Header, Rejection> {
        let own = || self.state.started().map(|it| it.lineage.header.clone());
        let header = asked.or_else(own).unwrap_or_default();
        check::header(&header)?;
        Ok(header)
    }

    fn continue_as_new(
        &self,
        asked: ContinueAsNew,
    ) -> Result<workflow_execution::ContinuedAsNew, Fault> {
        let missing = || Fault::Attributes("the run has not been started".to_owned());
        let last = self.state.started().ok_or_else(missing)?;
        let workflow_type = asked
            .workflow_type
            .unwrap_or_else(|| last.workflow_type.clone());
        let task_queue = asked.task_queue.unwrap_or_else(|| last.task_queue.clone());
        check::name("workflow type", workflow_type.as_str())?;
        check::name("task queue", task_queue.as_str())?;
        check::payloads("workflow input", &asked.input)?;
        let header = self.header(asked.header)?;
        let memo = asked.memo.unwrap_or_else(|| self.memo().clone());
        property::check_memo(&memo)?;
        let search_attributes = self.search_attributes_of_next(asked.search_attributes)?;
        let timeouts = timeout::normalize_run(
            last.workflow_execution_timeout,
            asked.run_timeout.or(last.workflow_run_timeout),
            asked.task_timeout.unwrap_or(last.workflow_task_timeout),
        );
        Ok(workflow_execution::ContinuedAsNew {
            new_execution_run_id: Some(self.state.run_id().successor(self.now)),
            workflow_type,
            task_queue,
            input: asked.input,
            workflow_run_timeout: timeouts.run,
            workflow_task_timeout: timeouts.task,
            workflow_task_completed_event_id: self.completed_event_id,
            memo,
            search_attributes,
            initial_versioning_behavior: asked.initial_versioning_behavior,
            header,
        })
    }

    fn schedule_activity(
        &mut self,
        mut asked: ScheduleActivityTask,
    ) -> Result<activity_task::Scheduled, Fault> {
        let started = self.state.started();
        if asked.task_queue.as_str().is_empty()
            && let Some(started) = started
        {
            asked.task_queue = started.task_queue.clone();
        }
        check::name("activity id", asked.activity_id.as_str())?;
        check::name("activity type", asked.activity_type.as_str())?;
        check::name("task queue", asked.task_queue.as_str())?;
        let activity_type = &asked.activity_type;
        let of_type =
            |what: String| Fault::Attributes(format!("{what} activity_type={activity_type}"));
        check::payloads("activity input", &asked.input).map_err(|it| of_type(it.to_string()))?;
        let header = self.header(asked.header.take())?;
        if let Some(priority) = &asked.priority {
            check::priority(priority).map_err(|it| of_type(it.to_string()))?;
        }
        property::check_attribute(asked.user_metadata.as_deref())?;
        let run_timeout = started.and_then(|started| started.workflow_run_timeout);
        let timeouts = timeout::normalize_activity(&asked, run_timeout)
            .map_err(|missing| of_type(missing.to_string()))?;
        let retry_policy = retry::checked(asked.retry_policy.unwrap_or_default())?;
        if self.activity(&asked.activity_id).is_some() {
            return Err(Fault::Other(
                FailedCause::ScheduleActivityDuplicateId,
                format!(
                    "activity id is taken by a pending activity activity_id={}",
                    asked.activity_id
                ),
            ));
        }
        if self.pending_activities >= limits::PENDING_ACTIVITIES_MAX {
            return Err(Fault::Other(
                FailedCause::PendingActivitiesLimitExceeded,
                format!(
                    "too many activities would be pending limit={}",
                    limits::PENDING_ACTIVITIES_MAX
                ),
            ));
        }
        self.pending_activities += 1;
        if self.following > 0 {
            self.activity_ids
                .insert(asked.activity_id.clone(), Some(self.next_event_id));
        }
        Ok(activity_task::Scheduled {
            activity_id: asked.activity_id,
            activity_type: asked.activity_type,
            task_queue: asked.task_queue,
            input: asked.input,
            schedule_to_close_timeout: timeouts.schedule_to_close,
            schedule_to_start_timeout: timeouts.schedule_to_start,
            start_to_close_timeout: timeouts.start_to_close,
            heartbeat_timeout: timeouts.heartbeat,
            workflow_task_completed_event_id: self.completed_event_id,
            retry_policy,
            header,
            priority: asked.priority,
            user_metadata: asked.user_metadata,
        })
    }

    fn request_cancel_activity(
        &mut self,
        scheduled_event_id: EventId,
    ) -> Result<activity_task::CancelRequested, Fault> {
        if let Some(activity) = self.state.pending_activity(scheduled_event_id) {
            let activity_id = &activity.scheduled.activity_id;
            if !activity.is_started() && self.activity(activity_id) == Some(scheduled_event_id) {
                // It ends with this very task, so its id is free for the commands that follow.
                self.activity_ids.insert(activity_id.clone(), None);
                self.pending_activities -= 1;
            }
        } else if !self.end_is_buffered(scheduled_event_id) {
            return Err(Fault::Attributes(format!(
                "no such activity is pending scheduled_event_id={scheduled_event_id}"
            )));
        }
        Ok(activity_task::CancelRequested {
            scheduled_event_id,
            workflow_task_completed_event_id: self.completed_event_id,
        })
    }

    fn start_timer(
        &mut self,
        timer_id: TimerId,
        start_to_fire_timeout: Duration,
        user_metadata: Option<Box<UserMetadata>>,
    ) -> Result<timer::Started, Fault> {
        check::name("timer id", timer_id.as_str())?;
        property::check_attribute(user_metadata.as_deref())?;
        if start_to_fire_timeout.is_zero() {
            return Err(Fault::Attributes(format!(
                "start_to_fire_timeout is zero timer_id={timer_id}"
            )));
        }
        if self.timer(&timer_id).is_some() {
            return Err(Fault::Other(
                FailedCause::StartTimerDuplicateId,
                format!("timer id is taken by a pending timer timer_id={timer_id}"),
            ));
        }
        self.timer_ids
            .insert(timer_id.clone(), Some(self.next_event_id));
        Ok(timer::Started {
            timer_id,
            start_to_fire_timeout,
            user_metadata,
            workflow_task_completed_event_id: self.completed_event_id,
        })
    }

    fn cancel_timer(&mut self, timer_id: TimerId) -> Result<timer::Canceled, Fault> {
        let started_event_id = if let Some(pending) = self.timer(&timer_id) {
            self.timer_ids.insert(timer_id.clone(), None);
            pending
        } else if let Some(fired) = self.buffered_firing(&timer_id) {
            // The program canceled before it could see the firing, so it never will.
            self.dropped_firings.push(fired);
            fired
        } else {
            return Err(Fault::Attributes(format!(
                "no such timer is pending timer_id={timer_id}"
            )));
        };
        Ok(timer::Canceled {
            timer_id,
            started_event_id,
            workflow_task_completed_event_id: self.completed_event_id,
            identity: self.identity.clone(),
        })
    }

    fn accept_update(&mut self, request: update::Request) -> Result<update::Accepted, Fault> {
        let update_id = &request.update_id;
        check::name("update id", update_id.as_str())?;
        check::name("update name", request.name.as_str())?;
        check::payloads("update input", &request.input)?;
        let of_update = |what: &str| Fault::Attributes(format!("{what} update_id={update_id}"));
        if self.state.update(update_id).is_some() || self.updates.contains_key(update_id) {
            return Err(of_update("update is accepted already"));
        }
        let accepted = (self.next_event_id, request.identity.clone());
        self.updates.insert(update_id.clone(), Some(accepted));
        if let Some(admitted) = self.state.admitted_update(update_id) {
            // That event says what is asked.
            return Ok(update::Accepted {
                protocol_instance_id: update_id.clone(),
                accepted_request_sequencing_event_id: admitted.event_id,
                accepted_request: None,
            });
        }
        let task = self.state.workflow_task();
        let start = task.and_then(|task| task.started.as_ref());
        let started = start.map_or(EventId::NONE, |start| start.started_event_id);
        Ok(update::Accepted {
            protocol_instance_id: update_id.clone(),
            accepted_request_sequencing_event_id: EventId::new(started.get().saturating_sub(1)),
            accepted_request: Some(request),
        })
    }

    fn complete_update(
        &mut self,
        update_id: UpdateId,
        outcome: update::Outcome,
    ) -> Result<update::Completed, Fault> {
        match &outcome {
            update::Outcome::Success(result) => check::payloads("update result", result)?,
            update::Outcome::Failure(failure) => check::failure("update failure", failure)?,
        }
        let Some((accepted_event_id, identity)) = self.accepted_update(&update_id) else {
            let message = format!("no such update is in flight update_id={update_id}");
            return Err(Fault::Attributes(message));
        };
        self.updates.insert(update_id.clone(), None);
        Ok(update::Completed {
            update_id,
            identity,
            accepted_event_id,
            outcome,
        })
    }

    /// The acceptance of an update that is in flight, earlier commands included.
    fn accepted_update(&self, update_id: &UpdateId) -> Option<(EventId, Identity)> {
        if let Some(changed) = self.updates.get(update_id) {
            return changed.clone();
        }
        match self.state.update(update_id)? {
            UpdateProgress::Accepted { event_id, identity } => Some((*event_id, identity.clone())),
            UpdateProgress::Completed { .. } => None,
        }
    }

    /// The pending activity of this id, earlier commands included.
    pub(super) fn activity(&self, activity_id: &ActivityId) -> Option<EventId> {
        let changed = self.activity_ids.get(activity_id).copied();
        changed.unwrap_or_else(|| self.state.activity_ids.get(activity_id).copied())
    }

    /// The pending timer of this id, earlier commands included.
    fn timer(&self, timer_id: &TimerId) -> Option<EventId> {
        let changed = self.timer_ids.get(timer_id).copied();
        changed.unwrap_or_else(|| self.state.timer_ids.get(timer_id).copied())
    }

    fn buffered_firing(&self, timer_id: &TimerId) -> Option<EventId> {
        let mut buffered = self.state.buffer.iter();
        buffered.find_map(|waiting| match &waiting.attributes {
            EventAttributes::TimerFired(fired)
                if fired.timer_id == *timer_id
                    && !self.dropped_firings.contains(&fired.started_event_id) =>
            {
                Some(fired.started_event_id)
            }
            _ => None,
        })
    }

    fn end_is_buffered(&self, scheduled_event_id: EventId) -> bool {
        let mut buffered = self.state.buffer.iter();
        buffered.any(|waiting| waiting.attributes.ended_activity() == Some(scheduled_event_id))
    }
}

/// Counts one more of a kind that may only be pending so many times.
pub(super) fn count(
    pending: &mut usize,
    limit: usize,
    what: &str,
    cause: FailedCause,
) -> Result<(), Fault> {
    if *pending >= limit {
        return Err(Fault::Other(cause, format!("{what} limit={limit}")));
    }
    *pending += 1;
    Ok(())
}

/// What is wrong with a command.
pub(super) enum Fault {
    /// Its attributes; the cause goes by the kind of command.
    Attributes(String),
    /// Something that has a cause of its own.
    Other(FailedCause, String),
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        Self::Attributes(rejection.to_string())
    }
}

/// The cause that stands for faulty attributes of a command.
fn faulty_attributes(command: &Command) -> FailedCause {
    match command {
        Command::ScheduleActivityTask(_) => FailedCause::BadScheduleActivityAttributes,
        Command::RequestCancelActivityTask { .. } => {
            FailedCause::BadRequestCancelActivityAttributes
        }
        Command::StartTimer { .. } => FailedCause::BadStartTimerAttributes,
        Command::StartChildWorkflowExecution(_) => FailedCause::BadStartChildExecutionAttributes,
        Command::CancelTimer { .. } => FailedCause::BadCancelTimerAttributes,
        Command::SignalExternalWorkflowExecution(_) => {
            FailedCause::BadSignalWorkflowExecutionAttributes
        }
        Command::RequestCancelExternalWorkflowExecution(_) => {
            FailedCause::BadRequestCancelExternalWorkflowExecutionAttributes
        }
        Command::RecordMarker(_) => FailedCause::BadRecordMarkerAttributes,
        Command::UpsertWorkflowSearchAttributes { .. } => FailedCause::BadSearchAttributes,
        Command::ModifyWorkflowProperties { .. } => {
            FailedCause::BadModifyWorkflowPropertiesAttributes
        }
        Command::AcceptUpdate { .. } | Command::CompleteUpdate { .. } => {
            FailedCause::BadUpdateWorkflowExecutionMessage
        }
        Command::CompleteWorkflowExecution { .. } => {
            FailedCause::BadCompleteWorkflowExecutionAttributes
        }
        Command::FailWorkflowExecution { .. } => FailedCause::BadFailWorkflowExecutionAttributes,
        Command::CancelWorkflowExecution { .. } => {
            FailedCause::BadCancelWorkflowExecutionAttributes
        }
        Command::ContinueAsNewWorkflowExecution(_) => FailedCause::BadContinueAsNewAttributes,
    }
}
