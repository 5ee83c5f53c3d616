//! Children: the child workflows that a run waits for, how they are asked for, and how parent and
//! child tell each other of their ends.
//!
//! | what happens | the parent's history | message |
//! |---|---|---|
//! | the program asks for a child | `StartChild…Initiated` | `START_CHILD` to the child |
//! | the child's first run is on disk | `ChildWorkflowExecutionStarted` | |
//! | its id is taken | `StartChild…Failed` | |
//! | the child's last run closes | `ChildWorkflowExecutionCompleted`, `…Failed`, … | `CHILD_CLOSED` to the parent |
//! | the parent closes, unless it abandons the child | its close | `PARENT_CLOSED` to the child |
//!
//! The id of a child's first run follows from the event that asks for it, so a start that is
//! delivered twice finds its run; and the end of a child that is told twice finds nobody who waits.
//! A child may run and close before its parent has the answer to the start: the end that arrives
//! says that there was a start, and the parent records that first.

use crate::{
    machine::execution::{
        ExecutionState, Message, MessageContent, Rejection, check, cron::Schedule, property, retry,
        size, timeout,
    },
    model::{
        EventAttributes, EventId, Header, HistoryEvent, Lineage, MessageId, MessageKind, Parent,
        ParentClosePolicy, Priority, RunId, StartChildWorkflow, WorkflowExecution, WorkflowId,
        WorkflowType,
        event::{child_workflow as child, workflow_execution},
        limits,
    },
};

/// A child that has been asked for, and whose chain of runs has not ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingChild {
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// Its first run.
    pub execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// What becomes of it when the run closes.
    pub parent_close_policy: ParentClosePolicy,
    /// The event that says that it was started; [`EventId::NONE`] while that event waits for a
    /// workflow task to end, `None` while it is not known.
    pub started_event_id: Option<EventId>,
    /// The workflow task that asked for it.
    task: EventId,
}

impl ExecutionState {
    /// The children whose chains of runs have not ended, in the order in which they were asked for.
    pub fn pending_children(&self) -> impl Iterator<Item = &PendingChild> {
        self.rare().children.values()
    }

    /// The child that an event asked for, unless its chain of runs has ended.
    pub fn pending_child(&self, initiated_event_id: EventId) -> Option<&PendingChild> {
        self.rare().children.get(&initiated_event_id)
    }

    /// The workflow at the root of the tree of children that the run belongs to.
    fn root(&self, own: &WorkflowExecution) -> WorkflowExecution {
        let root = self
            .started()
            .and_then(|it| it.lineage.root_workflow_execution.clone());
        root.map_or_else(|| own.clone(), |root| *root)
    }

    pub(super) fn add_child(&mut self, event: &HistoryEvent, initiated: &child::Initiated) {
        let origin = self.origin_of(event.id);
        let execution = WorkflowExecution {
            workflow_id: initiated.workflow_id.clone(),
            run_id: origin.child(event.id, event.time),
        };
        let child = PendingChild {
            initiated_event_id: event.id,
            execution: execution.clone(),
            workflow_type: initiated.workflow_type.clone(),
            parent_close_policy: initiated.parent_close_policy,
            started_event_id: None,
            task: initiated.workflow_task_completed_event_id,
        };
        self.pending_bytes += size::child(&child);
        self.rare_mut().children.insert(event.id, child);
        let named = WorkflowExecution {
            run_id: origin,
            ..self.execution()
        };
        let parent = Parent {
            root: self.root(&named),
            execution: named,
            initiated_event_id: event.id,
        };
        self.add_message(Message {
            id: MessageId {
                event_id: event.id,
                kind: MessageKind::StartChild,
            },
            sender: self.execution(),
            origin,
            parent_run_id: origin,
            receiver: execution,
            child_workflow_only: false,
            content: MessageContent::StartChild {
                initiated: Box::new(initiated.clone()),
                parent: Box::new(parent),
            },
            task: initiated.workflow_task_completed_event_id,
        });
    }

    /// History says that a child was started, by this event, or by one that waits.
    pub(super) fn note_child_started(&mut self, initiated: EventId, started_event_id: EventId) {
        let rare = self.rare_if_any();
        if let Some(child) = rare.and_then(|rare| rare.children.get_mut(&initiated)) {
            child.started_event_id = Some(started_event_id);
        }
    }

    pub(super) fn remove_child(&mut self, initiated_event_id: EventId) {
        let rare = self.rare_if_any();
        if let Some(child) = rare.and_then(|rare| rare.children.remove(&initiated_event_id)) {
            self.pending_bytes -= size::child(&child);
        }
    }

    /// What the run has to say to its children and its parent when it closes with this event.
    pub(super) fn words_of_close(&self, event: &HistoryEvent) -> Vec<Message> {
        let task = event.attributes.workflow_task_completed_event_id();
        let children = self.pending_children().filter(|child| {
            // What the closing task asked for is never carried out.
            child.parent_close_policy != ParentClosePolicy::Abandon
                && Some(child.task) != task
                && self.is_its_own(child)
        });
        let to_child = |child: &PendingChild| Message {
            id: MessageId {
                event_id: child.initiated_event_id,
                kind: MessageKind::ParentClosed,
            },
            sender: self.execution(),
            origin: self.run_id(),
            parent_run_id: self.run_id(),
            receiver: child.execution.clone(),
            child_workflow_only: true,
            content: MessageContent::ParentClosed {
                policy: child.parent_close_policy,
            },
            task: EventId::NONE,
        };
        let mut words: Vec<Message> = children.map(to_child).collect();
        if self.reset_to().is_none() {
            words.extend(self.word_to_parent(event));
            words.extend(self.word_to_schedule(event));
        }
        words
    }

    /// The run that a pending child of this id is a child of: this one, unless the child was asked for
    /// by the run that this one goes on from.
    pub(super) fn parent_of(&self, child: &WorkflowId) -> RunId {
        let mut children = self.pending_children();
        let child = children.find(|it| it.execution.workflow_id == *child);
        let asked = child.map(|child| child.initiated_event_id);
        asked.map_or_else(|| self.run_id(), |asked| self.origin_of(asked))
    }

    /// Whether a child is this run's alone: those from before a reset are let be.
    fn is_its_own(&self, child: &PendingChild) -> bool {
        let asked = child.initiated_event_id;
        !self.is_copied(asked) && self.reset_with_child(asked).is_none()
    }

    /// What a child has to say to its parent when its chain of runs ends with this event.
    fn word_to_parent(&self, event: &HistoryEvent) -> Option<Message> {
        let lineage = &self.started()?.lineage;
        let parent = lineage.parent_workflow_execution.as_deref()?;
        let goes_on = event.attributes.new_execution_run_id().is_some();
        (!goes_on).then(|| Message {
            id: MessageId {
                event_id: event.id,
                kind: MessageKind::ChildClosed,
            },
            sender: self.execution(),
            origin: self.run_id(),
            parent_run_id: self.run_id(),
            receiver: parent.clone(),
            child_workflow_only: false,
            content: MessageContent::ChildClosed {
                initiated_event_id: lineage.parent_initiated_event_id,
                close: Box::new(event.attributes.clone()),
            },
            task: EventId::NONE,
        })
    }

    /// Whether the run is a child of that one, or follows one that is.
    pub(super) fn is_child_of(&self, parent: &WorkflowExecution) -> bool {
        self.started()
            .is_some_and(|started| started.lineage.is_child_of(parent))
    }
}

impl PendingChild {
    /// The event that says how its chain of runs has ended: with this run, closed by this event.
    pub(super) fn end(
        &self,
        workflow_execution: WorkflowExecution,
        close: EventAttributes,
    ) -> EventAttributes {
        let workflow_type = self.workflow_type.clone();
        let initiated_event_id = self.initiated_event_id;
        let started_event_id = self.started_event_id.unwrap_or_default();
        match close {
            EventAttributes::WorkflowExecutionCompleted(it) => child::Completed {
                result: it.result,
                workflow_execution,
                workflow_type,
                initiated_event_id,
                started_event_id,
            }
            .into(),
            EventAttributes::WorkflowExecutionFailed(it) => child::Failed {
                failure: it.failure,
                workflow_execution,
                workflow_type,
                initiated_event_id,
                started_event_id,
                retry_state: it.retry_state,
            }
            .into(),
            EventAttributes::WorkflowExecutionCanceled(it) => child::Canceled {
                details: it.details,
                workflow_execution,
                workflow_type,
                initiated_event_id,
                started_event_id,
            }
            .into(),
            EventAttributes::WorkflowExecutionTimedOut(it) => child::TimedOut {
                workflow_execution,
                workflow_type,
                initiated_event_id,
                started_event_id,
                retry_state: it.retry_state,
            }
            .into(),
            // Invariant: a run that continued as new is not the last of its chain.
            _ => child::Terminated {
                workflow_execution,
                workflow_type,
                initiated_event_id,
                started_event_id,
            }
            .into(),
        }
    }
}

/// The event of a command that asks for a child, with defaults filled in.
pub(super) fn initiated(
    asked: StartChildWorkflow,
    header: Header,
    parent: Option<&workflow_execution::Started>,
    workflow_task_completed_event_id: EventId,
) -> Result<child::Initiated, Rejection> {
    let mut task_queue = asked.task_queue;
    if task_queue.as_str().is_empty()
        && let Some(parent) = parent
    {
        task_queue = parent.task_queue.clone();
    }
    check::name("workflow id", asked.workflow_id.as_str())?;
    check::name("workflow type", asked.workflow_type.as_str())?;
    check::name("task queue", task_queue.as_str())?;
    check::payloads("workflow input", &asked.input)?;
    check::priority(&asked.priority)?;
    property::check_memo(&asked.memo)?;
    property::check_user_metadata(&asked.user_metadata)?;
    let own = asked.priority.into_attribute();
    let of_parent = parent.and_then(|it| it.lineage.priority.as_deref());
    let priority = priority(own.as_deref(), of_parent);
    let retry_policy = retry::of_run(asked.retry_policy)?;
    Schedule::checked(&asked.cron_schedule)?;
    let timeouts = timeout::normalize_run(
        asked.execution_timeout,
        asked.run_timeout,
        asked.task_timeout.unwrap_or(limits::WORKFLOW_TASK_TIMEOUT),
    );
    Ok(child::Initiated {
        workflow_id: asked.workflow_id,
        workflow_type: asked.workflow_type,
        task_queue,
        input: asked.input,
        workflow_execution_timeout: timeouts.execution,
        workflow_run_timeout: timeouts.run,
        workflow_task_timeout: timeouts.task,
        parent_close_policy: asked.parent_close_policy,
        workflow_task_completed_event_id,
        workflow_id_reuse_policy: asked.id_reuse_policy,
        retry_policy,
        cron_schedule: asked.cron_schedule,
        header,
        memo: asked.memo,
        search_attributes: asked.search_attributes,
        priority,
        user_metadata: asked.user_metadata.into_attribute(),
    })
}

/// The lineage of a run that was started, by somebody outside or by its parent.
pub(super) fn lineage(execution: &WorkflowExecution, parent: Option<Box<Parent>>) -> Lineage {
    match parent {
        Some(parent) => Lineage::of_child(execution.run_id, *parent),
        None => Lineage::first_run(execution.run_id),
    }
}

/// A priority of which what is not given is as its parent has it.
pub(super) fn priority(
    own: Option<&Priority>,
    of_parent: Option<&Priority>,
) -> Option<Box<Priority>> {
    let merged = match (own, of_parent) {
        (Some(own), Some(of_parent)) => own.clone().or(of_parent),
        (own, of_parent) => own.or(of_parent)?.clone(),
    };
    merged.into_attribute()
}
