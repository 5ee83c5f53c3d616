//! Start: the run begins to exist, and its first workflow task is scheduled.

use crate::{
    machine::execution::{
        Draft, Message, MessageContent, Rejection, check, child,
        cron::Schedule,
        decide::{SignalMessage, admit_update::check_update},
        property, retry, timeout,
    },
    model::{
        ContinueAsNewInitiator, Failure, Identity, Lineage, Parent, Payloads, RequestId,
        RetryPolicy, SearchAttributeSchema, SearchAttributes, StartOptions, WorkflowExecution,
        WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowType,
        event::{update, workflow_execution},
        system::{is_system_id, is_system_type},
    },
};

/// Starts a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Start {
    /// The run's ids.
    pub execution: WorkflowExecution,
    /// The program.
    pub workflow_type: WorkflowType,
    /// The program's arguments.
    pub input: Payloads,
    /// Queue and timeouts; the id policies are the caller's business.
    pub options: StartOptions,
    /// Who starts it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
    /// The signal that the run begins with, if it is a signal-with-start.
    pub signal: Option<SignalMessage>,
    /// The update that comes with the start, if one does: handed to the program in its first workflow
    /// task.
    pub update: Option<Box<update::Request>>,
    /// Which search attributes there are.
    pub schema: SearchAttributeSchema,
    /// The run whose child it is to be, if it is.
    pub parent: Option<Box<Parent>>,
    /// What it is told of runs before it that it does not follow, if it is.
    pub inheritance: Option<Box<Inheritance>>,
}

/// What a run is told of a run before it that it does not follow: of the last action of its schedule.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Inheritance {
    /// What the last one that completed has returned.
    pub last_completion_result: Payloads,
    /// What the last one has failed with, if it did.
    pub continued_failure: Option<Box<Failure>>,
}

impl Inheritance {
    fn hand_on(self, lineage: &mut Lineage) {
        lineage.last_completion_result = self.last_completion_result;
        lineage.continued_failure = self.continued_failure;
    }
}

impl Start {
    /// The start of a child that this message asks for; `None` if it asks for something else.
    pub fn of_child(message: &Message) -> Option<Self> {
        let MessageContent::StartChild { initiated, parent } = &message.content else {
            return None;
        };
        let initiated = initiated.as_ref();
        Some(Self {
            execution: message.receiver.clone(),
            workflow_type: initiated.workflow_type.clone(),
            input: initiated.input.clone(),
            options: StartOptions {
                task_queue: initiated.task_queue.clone(),
                execution_timeout: initiated.workflow_execution_timeout,
                run_timeout: initiated.workflow_run_timeout,
                task_timeout: initiated.workflow_task_timeout,
                id_reuse_policy: initiated.workflow_id_reuse_policy,
                retry: initiated.retry_policy.as_deref().cloned(),
                cron: initiated.cron_schedule.clone(),
                header: initiated.header.clone(),
                memo: initiated.memo.clone(),
                search_attributes: initiated.search_attributes.clone(),
                priority: initiated.priority.as_deref().cloned().unwrap_or_default(),
                user_metadata: initiated
                    .user_metadata
                    .as_deref()
                    .cloned()
                    .unwrap_or_default(),
                ..StartOptions::default()
            },
            identity: Identity::default(),
            request_id: message.request_id(),
            signal: None,
            update: None,
            // What its parent has asked for was checked there.
            schema: SearchAttributeSchema::default(),
            parent: Some(parent.clone()),
            inheritance: None,
        })
    }

    /// That everything is given and nothing too large; a start that passes is not rejected.
    pub fn check(&self) -> Result<(), Rejection> {
        check::name("workflow id", self.execution.workflow_id.as_str())?;
        check::name("workflow type", self.workflow_type.as_str())?;
        check::name("task queue", self.options.task_queue.as_str())?;
        check::optional_name("identity", self.identity.as_str())?;
        check::optional_name("request id", self.request_id.as_str())?;
        check::payloads("workflow input", &self.input)?;
        self.check_reserved()?;
        self.check_policies()?;
        self.retry_policy()?;
        self.schedule()?;
        self.search_attributes()?;
        property::check_memo(&self.options.memo)?;
        property::check_user_metadata(&self.options.user_metadata)?;
        check::header(&self.options.header)?;
        check::priority(&self.options.priority)?;
        if let Some(update) = &self.update {
            check_update(update)?;
            if self.signal.is_some() {
                return Err(Rejection::Contradiction {
                    one: "start with a signal",
                    other: "an update",
                });
            }
        }
        self.signal.as_ref().map_or(Ok(()), SignalMessage::check)
    }

    /// Its retry policy with defaults filled in.
    fn retry_policy(&self) -> Result<Option<Box<RetryPolicy>>, Rejection> {
        retry::of_run(self.options.retry.clone())
    }

    /// Its search attributes, without those that are given and have no value.
    fn search_attributes(&self) -> Result<SearchAttributes, Rejection> {
        let given = &self.options.search_attributes;
        let mut attributes = SearchAttributes::default();
        attributes.apply(given);
        if self.parent.is_none() {
            property::check_search_attributes(&self.schema, given, &attributes)?;
        }
        Ok(attributes)
    }

    /// Its cron schedule, if it has one.
    fn schedule(&self) -> Result<Option<Schedule>, Rejection> {
        if self.options.cron.is_empty() {
            return Ok(None);
        }
        if self
            .options
            .start_delay
            .is_some_and(|delay| !delay.is_zero())
        {
            return Err(Rejection::Contradiction {
                one: "cron schedule",
                other: "start delay",
            });
        }
        Schedule::checked(&self.options.cron)
    }

    /// That nobody but the engine's own workflows takes their names.
    fn check_reserved(&self) -> Result<(), Rejection> {
        if is_system_type(&self.workflow_type) != is_system_id(&self.execution.workflow_id) {
            return Err(Rejection::Contradiction {
                one: "workflow id or type of the engine's own, beginning with temporal-sys-",
                other: "a start of one's own; create a schedule, or choose another name",
            });
        }
        Ok(())
    }

    /// That the run which makes room is not one that forbids the start.
    fn check_policies(&self) -> Result<(), Rejection> {
        let rejects = self.options.id_reuse_policy == WorkflowIdReusePolicy::RejectDuplicate;
        let replaces =
            self.options.id_conflict_policy == WorkflowIdConflictPolicy::TerminateExisting;
        if rejects && replaces {
            return Err(Rejection::Contradiction {
                one: "workflow id reuse policy REJECT_DUPLICATE",
                other: "workflow id conflict policy TERMINATE_EXISTING",
            });
        }
        Ok(())
    }
}

/// Starts a run: `WorkflowExecutionStarted`, the signal that comes with the start, and the first
/// `WorkflowTaskScheduled`, which comes later if the start says so.
pub fn start(draft: &mut Draft<'_>, message: Start) -> Result<(), Rejection> {
    if draft.state().started().is_some() {
        return Err(Rejection::AlreadyStarted {
            status: draft.state().status(),
        });
    }
    message.check()?;
    let retry_policy = message.retry_policy()?;
    let search_attributes = message.search_attributes()?;
    let now = draft.now();
    let first_turn = message.schedule()?;
    let first_turn = first_turn
        .map(|schedule| schedule.backoff(now, now))
        .transpose()?;
    let Start {
        execution,
        workflow_type,
        input,
        options,
        identity,
        request_id,
        signal,
        update,
        schema: _,
        parent,
        inheritance,
    } = message;
    let timeouts = timeout::normalize_run(
        options.execution_timeout,
        options.run_timeout,
        options.task_timeout,
    );
    let mut lineage = Box::new(child::lineage(&execution, parent));
    inheritance.unwrap_or_default().hand_on(&mut lineage);
    lineage.header = options.header;
    lineage.priority = options.priority.into_attribute();
    if first_turn.is_some() {
        lineage.initiator = ContinueAsNewInitiator::CronSchedule;
    }
    let start_delay = first_turn.or(options.start_delay).unwrap_or_default();
    // The time of the execution begins when its program may.
    let begins = now.after(start_delay);
    draft.write(workflow_execution::Started {
        workflow_id: execution.workflow_id,
        workflow_type,
        task_queue: options.task_queue,
        input,
        workflow_execution_timeout: timeouts.execution,
        workflow_run_timeout: timeouts.run,
        workflow_task_timeout: timeouts.task,
        workflow_execution_expiration_time: timeouts.execution.map(|limit| begins.after(limit)),
        identity,
        lineage,
        attempt: 1,
        request_id,
        retry_policy,
        cron_schedule: options.cron,
        first_workflow_task_backoff: start_delay,
        memo: options.memo,
        search_attributes,
        user_metadata: options.user_metadata.into_attribute(),
    });
    if let Some(signal) = signal {
        draft.record(workflow_execution::Signaled::from(signal));
    }
    if update.is_some() {
        // Whoever asks for an update waits for the program, so the program does not wait.
        draft.follow_up_at_once();
    } else {
        draft.follow_up();
    }
    Ok(())
}
