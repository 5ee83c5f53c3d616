//! What the program has asked for: its commands on their way from request to history.

use std::time::Duration;

use crate::{
    machine::{
        replay::{
            ActivationJob, ActivityResolution, ActivitySequence, ChildSequence, ChildStart,
            ExternalSequence, LocalActivityEnd, LocalActivityTask, LocalCancellation,
            ProgramCommand, TimerSequence,
            activities::Activities,
            children::{self, Cancellation, Children},
            closing::within_limits,
            divergence::{Divergence, Nondeterminism, ReplayError},
            externals::Externals,
            flags::IdentityRule,
            life_cycle::{IllegalTransition, activity, close, timer},
            local_activities::{LocalActivities, Resolved},
            matching::{Subject, Unconfirmed},
            patch::{PatchMarker, Patches},
            timers::{Timers, timer_id},
        },
        task::RejectedUpdate,
    },
    model::{
        ActivityFailureInfo, ActivityId, ActivityOptions, ActivityType, ChildOptions, Command,
        Control, Failure, FailureInfo, HistoryEvent, Payloads, RetryState, ScheduleActivityTask,
        StartChildWorkflow, TaskQueue, UpdateId, UserMetadata, WorkflowExecution, WorkflowType,
    },
};

/// Everything that the program has asked for.
#[derive(Default, Debug)]
pub(super) struct Requests {
    pub(super) activities: Activities,
    pub(super) timers: Timers,
    /// Boxed, because few programs have any.
    others: Option<Box<Others>>,
    /// Boxed for the same reason.
    pub(super) local: Option<Box<LocalActivities>>,
    pub(super) patches: Patches,
    unconfirmed: Unconfirmed,
    rejected_updates: Vec<RejectedUpdate>,
    close: close::State,
    default_task_queue: TaskQueue,
}

/// The other workflows that the program starts and talks to.
#[derive(Default, Debug)]
pub(super) struct Others {
    pub(super) children: Children,
    pub(super) externals: Externals,
}

impl Requests {
    pub(super) fn others(&mut self) -> &mut Others {
        self.others.get_or_insert_default()
    }

    pub(super) fn local_activities(&mut self) -> &mut LocalActivities {
        self.local.get_or_insert_default()
    }

    /// Whether the program has local activities that have not ended.
    pub(super) fn waits_for_local_activities(&self) -> bool {
        let any = self.local.as_ref().is_some_and(|local| local.any());
        any && self.close == close::State::Open
    }

    fn knows_child(&self, child: ChildSequence) -> bool {
        let others = self.others.as_ref();
        others.is_some_and(|others| others.children.knows(child))
    }

    fn knows_external(&self, external: ExternalSequence) -> bool {
        let others = self.others.as_ref();
        others.is_some_and(|others| others.externals.knows(external))
    }

    /// The queue of activities that name none.
    pub(super) fn set_default_task_queue(&mut self, task_queue: &TaskQueue) {
        self.default_task_queue.clone_from(task_queue);
    }

    /// The program asks for something; it is told at once of what it has taken back.
    pub(super) fn handle_command(
        &mut self,
        command: ProgramCommand,
    ) -> Result<Option<ActivationJob>, ReplayError> {
        if self.close != close::State::Open {
            return Err(IllegalTransition::new("close", self.close, command).into());
        }
        check(self.is_well_numbered(&command), &command)?;
        self.take(within_limits(command))
    }

    fn take(&mut self, command: ProgramCommand) -> Result<Option<ActivationJob>, ReplayError> {
        use ProgramCommand as P;
        match command {
            P::ScheduleActivity {
                activity,
                activity_type,
                input,
                options,
            } => self.schedule_activity(activity, activity_type, input, options),
            P::CancelActivity { activity } => return self.cancel_activity(activity),
            P::ControlActivity { activity, message } => self.control(activity, message),
            P::ScheduleLocalActivity(task) => self.schedule_local_activity(task),
            P::CancelLocalActivity {
                activity,
                cancellation,
            } => self.cancel_local_activity(activity, cancellation),
            P::StartTimer {
                timer,
                duration,
                user_metadata,
            } => self.start_timer(timer, duration, user_metadata),
            P::CancelTimer { timer } => self.cancel_timer(timer)?,
            P::StartChild {
                child,
                workflow_type,
                input,
                options,
            } => self.start_child(child, workflow_type, input, *options),
            P::CancelChild { child, reason } => return self.cancel_child(child, reason),
            P::SignalExternal { external, signal } => {
                self.tell(external, Command::SignalExternalWorkflowExecution(signal));
            }
            P::RequestCancelExternal { external, request } => {
                let command = Command::RequestCancelExternalWorkflowExecution(request);
                self.tell(external, command);
            }
            P::RecordMarker(marker) => self.state(Command::RecordMarker(marker)),
            P::SetPatch {
                patch_id,
                deprecated,
            } => self.set_patch(patch_id, deprecated),
            P::UpsertSearchAttributes(search_attributes) => {
                self.state(Command::UpsertWorkflowSearchAttributes { search_attributes });
            }
            P::UpsertMemo(upserted_memo) => {
                self.state(Command::ModifyWorkflowProperties { upserted_memo });
            }
            P::AcceptUpdate { request } => self.state(Command::AcceptUpdate { request }),
            P::RejectUpdate { update_id, failure } => self.reject_update(update_id, failure),
            P::CompleteUpdate { update_id, outcome } => {
                self.state(Command::CompleteUpdate { update_id, outcome });
            }
            P::Complete { result } => self.close(Command::CompleteWorkflowExecution { result })?,
            P::Fail { failure } => self.close(Command::FailWorkflowExecution { failure })?,
            P::Cancel { details } => self.close(Command::CancelWorkflowExecution { details })?,
            P::ContinueAsNew(asked) => {
                self.close(Command::ContinueAsNewWorkflowExecution(asked))?;
            }
        }
        Ok(None)
    }

    /// History confirms a command.
    pub(super) fn handle_command_event(
        &mut self,
        event: &HistoryEvent,
        rule: IdentityRule,
    ) -> Result<(), ReplayError> {
        let Some(subject) = self.unconfirmed.handle_command_event(event, rule)? else {
            return Ok(());
        };
        match subject {
            Subject::Activity(activity) => {
                let input = activity::Input::Recorded(event.id);
                self.activities.handle(activity, input)?;
            }
            Subject::ActivityCancellation(activity) => {
                let input = activity::Input::CancelRecorded;
                self.activities.handle(activity, input)?;
            }
            Subject::Timer(timer) => self.timers.handle_started(timer, event.id)?,
            Subject::TimerCancellation(timer) => {
                self.timers.handle(timer, timer::Input::CancelRecorded)?;
            }
            Subject::Child(child) => self.others().children.handle_initiated(child, event.id)?,
            Subject::ChildCancellation(_) => {
                self.others().children.handle_cancel_initiated(event.id);
            }
            Subject::External(external) => self
                .others()
                .externals
                .handle_initiated(external, event.id)?,
            Subject::Statement | Subject::LocalActivity | Subject::Patch | Subject::PatchList => {}
            Subject::Close => self.close = close::step(self.close, close::Input::Recorded)?.next,
        }
        Ok(())
    }

    /// History says that the program's answer was taken.
    pub(super) fn handle_workflow_task_completed(&mut self) {
        self.unconfirmed.handle_workflow_task_completed();
    }

    /// Forgets what the program said of patches in a workflow task whose events have all been seen.
    pub(super) fn forget_patches(&mut self) {
        self.patches.pass();
        self.unconfirmed.forget_patches();
    }

    /// Refuses a history that goes on although the program has closed the run.
    pub(super) fn check_still_open(&self, event: &HistoryEvent) -> Result<(), Nondeterminism> {
        self.unconfirmed.check_still_open(event)
    }

    /// The report of an event that cannot follow after what the program asked for.
    pub(super) fn diverge(&self, event: &HistoryEvent) -> Nondeterminism {
        let divergence = if self.unconfirmed.commands().next().is_some() {
            Divergence::ExtraCommand
        } else {
            Divergence::UnknownSubject
        };
        self.unconfirmed.diverge(divergence, event)
    }

    /// What the program asked for and history does not say yet.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = &Command> {
        self.unconfirmed.commands()
    }

    /// Takes the updates that the program has rejected since the last look.
    pub(super) fn take_rejected_updates(&mut self) -> Vec<RejectedUpdate> {
        std::mem::take(&mut self.rejected_updates)
    }

    /// Numbers rise; and only what was asked for in an earlier activation can be canceled.
    fn is_well_numbered(&self, command: &ProgramCommand) -> bool {
        match command {
            ProgramCommand::ScheduleActivity { activity, .. } => !self.activities.knows(*activity),
            ProgramCommand::ScheduleLocalActivity(task) => !self.activities.knows(task.activity),
            ProgramCommand::CancelActivity { activity }
            | ProgramCommand::ControlActivity { activity, .. }
            | ProgramCommand::CancelLocalActivity { activity, .. } => {
                self.activities.knows(*activity)
            }
            ProgramCommand::StartTimer { timer, .. } => !self.timers.knows(*timer),
            ProgramCommand::CancelTimer { timer } => self.timers.knows(*timer),
            ProgramCommand::StartChild { child, .. } => !self.knows_child(*child),
            ProgramCommand::CancelChild { child, .. } => self.knows_child(*child),
            ProgramCommand::SignalExternal { external, .. }
            | ProgramCommand::RequestCancelExternal { external, .. } => {
                !self.knows_external(*external)
            }
            ProgramCommand::RecordMarker(_)
            | ProgramCommand::SetPatch { .. }
            | ProgramCommand::UpsertSearchAttributes(_)
            | ProgramCommand::UpsertMemo(_)
            | ProgramCommand::AcceptUpdate { .. }
            | ProgramCommand::RejectUpdate { .. }
            | ProgramCommand::CompleteUpdate { .. }
            | ProgramCommand::Complete { .. }
            | ProgramCommand::Fail { .. }
            | ProgramCommand::Cancel { .. }
            | ProgramCommand::ContinueAsNew(_) => true,
        }
    }

    /// Adds what nothing follows from.
    fn state(&mut self, command: Command) {
        self.unconfirmed.push(Subject::Statement, command);
    }

    fn reject_update(&mut self, update_id: UpdateId, failure: Failure) {
        let rejected = RejectedUpdate { update_id, failure };
        self.rejected_updates.push(rejected);
    }

    fn set_patch(&mut self, id: String, deprecated: bool) {
        self.patches.add(&id);
        let marker = PatchMarker { id, deprecated };
        self.unconfirmed.push(Subject::Patch, marker.to_command());
        if let Some(list) = self.patches.to_command() {
            self.unconfirmed.push(Subject::PatchList, list);
        }
    }

    fn schedule_activity(
        &mut self,
        activity: ActivitySequence,
        activity_type: ActivityType,
        input: Payloads,
        options: ActivityOptions,
    ) {
        let activity_id = options
            .activity_id
            .unwrap_or_else(|| ActivityId::from(activity.to_string()));
        self.activities
            .handle_request(activity, activity_id.clone(), activity_type.clone());
        let command = Command::ScheduleActivityTask(ScheduleActivityTask {
            activity_id,
            activity_type,
            task_queue: options
                .task_queue
                .unwrap_or_else(|| self.default_task_queue.clone()),
            input,
            schedule_to_close_timeout: options.schedule_to_close,
            schedule_to_start_timeout: options.schedule_to_start,
            start_to_close_timeout: options.start_to_close,
            heartbeat_timeout: options.heartbeat,
            retry_policy: options.retry,
            header: options.header,
            priority: options.priority,
            user_metadata: options.user_metadata,
        });
        self.unconfirmed.push(Subject::Activity(activity), command);
    }

    fn schedule_local_activity(&mut self, task: Box<LocalActivityTask>) {
        self.activities.handle_number(task.activity);
        self.local_activities().handle_request(task);
    }

    fn cancel_local_activity(
        &mut self,
        activity: ActivitySequence,
        cancellation: LocalCancellation,
    ) {
        let local = self.local_activities();
        let marker = match cancellation {
            LocalCancellation::Wait => {
                local.request_cancel(activity);
                None
            }
            LocalCancellation::Stop => local.give_up(activity, true),
            LocalCancellation::Abandon => local.give_up(activity, false),
        };
        if let Some(marker) = marker {
            self.unconfirmed.push(Subject::LocalActivity, marker);
        }
    }

    /// A local activity has ended; `None` if the program does not wait for it any more.
    pub(super) fn end_local_activity(&mut self, end: LocalActivityEnd) -> Option<ActivationJob> {
        let resolved = self.local_activities().handle_end(end)?;
        Some(self.resolve_local_activity(resolved))
    }

    /// What the program is told next of its local activities, in a replay in which it has come to
    /// rest.
    pub(super) fn resolve_ahead(
        &mut self,
        rule: IdentityRule,
    ) -> Result<Vec<ActivationJob>, Nondeterminism> {
        let Some(local) = &mut self.local else {
            return Ok(Vec::new());
        };
        if self.close != close::State::Open {
            return Ok(Vec::new());
        }
        let resolved = local.take_ahead(rule)?;
        let resolved = resolved.into_iter();
        Ok(resolved
            .map(|resolved| self.resolve_local_activity(resolved))
            .collect())
    }

    fn resolve_local_activity(&mut self, resolved: Resolved) -> ActivationJob {
        self.unconfirmed
            .push(Subject::LocalActivity, resolved.marker);
        resolved.job
    }

    fn cancel_activity(
        &mut self,
        activity: ActivitySequence,
    ) -> Result<Option<ActivationJob>, ReplayError> {
        use activity::Effect;
        let effect = self
            .activities
            .handle(activity, activity::Input::CancelRequested)?;
        match effect {
            Some(Effect::Retract) => {
                self.unconfirmed.retract(Subject::Activity(activity));
                let resolution = ActivityResolution::Failed(Box::new(never_scheduled()));
                return Ok(Some(ActivationJob::ResolveActivity {
                    activity,
                    resolution,
                }));
            }
            Some(Effect::RequestCancel(scheduled_event_id)) => self.unconfirmed.push(
                Subject::ActivityCancellation(activity),
                Command::RequestCancelActivityTask { scheduled_event_id },
            ),
            Some(Effect::Resolve) | None => {}
        }
        Ok(None)
    }

    fn control(&mut self, activity: ActivitySequence, message: Payloads) {
        if let Some(activity_id) = self.activities.id_of(activity) {
            let activity_id = activity_id.clone();
            let control = Control {
                activity_id,
                message,
            };
            self.state(Command::RecordMarker(control.into_marker()));
        }
    }

    fn start_timer(
        &mut self,
        timer: TimerSequence,
        duration: Duration,
        user_metadata: Option<Box<UserMetadata>>,
    ) {
        self.timers.handle_request(timer);
        let command = Command::StartTimer {
            timer_id: timer_id(timer),
            start_to_fire_timeout: duration,
            user_metadata,
        };
        self.unconfirmed.push(Subject::Timer(timer), command);
    }

    fn tell(&mut self, external: ExternalSequence, command: Command) {
        self.others().externals.handle_request(external);
        self.unconfirmed.push(Subject::External(external), command);
    }

    fn cancel_timer(&mut self, timer: TimerSequence) -> Result<(), ReplayError> {
        match self.timers.handle(timer, timer::Input::CancelRequested)? {
            Some(timer::Effect::Retract) => self.unconfirmed.retract(Subject::Timer(timer)),
            Some(timer::Effect::Cancel) => self.unconfirmed.push(
                Subject::TimerCancellation(timer),
                Command::CancelTimer {
                    timer_id: timer_id(timer),
                },
            ),
            Some(timer::Effect::Resolve) | None => {}
        }
        Ok(())
    }

    fn start_child(
        &mut self,
        child: ChildSequence,
        workflow_type: WorkflowType,
        input: Payloads,
        options: ChildOptions,
    ) {
        let workflow_id = options.workflow_id.unwrap_or_default();
        self.others()
            .children
            .handle_request(child, workflow_id.clone(), workflow_type.clone());
        let command = Command::StartChildWorkflowExecution(Box::new(StartChildWorkflow {
            workflow_id,
            workflow_type,
            task_queue: options
                .task_queue
                .unwrap_or_else(|| self.default_task_queue.clone()),
            input,
            execution_timeout: options.execution_timeout,
            run_timeout: options.run_timeout,
            task_timeout: options.task_timeout,
            id_reuse_policy: options.id_reuse_policy,
            parent_close_policy: options.parent_close_policy,
            retry_policy: options.retry,
            cron_schedule: options.cron,
            header: options.header,
            memo: options.memo,
            search_attributes: options.search_attributes,
            priority: options.priority,
            user_metadata: options.user_metadata,
        }));
        self.unconfirmed.push(Subject::Child(child), command);
    }

    fn cancel_child(
        &mut self,
        child: ChildSequence,
        reason: String,
    ) -> Result<Option<ActivationJob>, ReplayError> {
        match self
            .others()
            .children
            .handle_cancel_requested(child, reason)?
        {
            Cancellation::Request(request) => {
                let command = Command::RequestCancelExternalWorkflowExecution(request);
                let subject = Subject::ChildCancellation(child);
                self.unconfirmed.push(subject, command);
            }
            Cancellation::Retract => {
                self.unconfirmed.retract(Subject::Child(child));
                let failure = children::canceled(
                    WorkflowExecution::default(),
                    WorkflowType::default(),
                    Failure::canceled("canceled", Payloads::EMPTY),
                );
                return Ok(Some(ActivationJob::ResolveChildStart {
                    child,
                    resolution: ChildStart::Failed(Box::new(failure)),
                }));
            }
            Cancellation::Nothing => {}
        }
        Ok(None)
    }

    fn close(&mut self, command: Command) -> Result<(), ReplayError> {
        self.close = close::step(self.close, close::Input::Requested)?.next;
        self.unconfirmed.push(Subject::Close, command);
        Ok(())
    }
}

/// Refuses a command whose number the program cannot have meant.
fn check(valid: bool, command: &ProgramCommand) -> Result<(), IllegalTransition> {
    if valid {
        Ok(())
    } else {
        Err(IllegalTransition::new("program", "Numbering", command))
    }
}

/// The failure of an activity that was given up before history had it.
fn never_scheduled() -> Failure {
    let info = ActivityFailureInfo {
        retry_state: RetryState::CancelRequested,
        ..ActivityFailureInfo::default()
    };
    Failure::new("activity canceled", FailureInfo::Activity(info))
        .with_cause(Failure::canceled("canceled", Payloads::EMPTY))
}
