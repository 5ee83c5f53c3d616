//! The outbox: what a run has to say to others, until they have answered.
//!
//! A message is in the outbox from the event that causes it to the entry that settles it, so it is
//! part of the fold and survives whatever the run survives, its close included. Those for one
//! execution stand in a *line*, and only the first of a line is on its way: they arrive in the
//! order in which they were sent, although a message may be sent more than once.
//!
//! | | a message is added | and removed |
//! |---|---|---|
//! | signal | `SignalExternal…Initiated` | `ExternalWorkflowExecutionSignaled`, `SignalExternal…Failed` |
//! | cancel request | `RequestCancelExternal…Initiated` | `ExternalWorkflowExecutionCancelRequested`, `RequestCancelExternal…Failed` |
//! | start of a child | `StartChild…Initiated` | `ChildWorkflowExecutionStarted`, `StartChild…Failed` |
//! | to each child, that the parent has closed | the close | |
//! | to the parent, that its child has come to its end | the close | |
//! | to the schedule, that its action has come to its end | the close | |
//! | any, of a run that has closed | | [`MessageSettled`](crate::model::transition::MessageSettled) |
//! | any, asked for by the workflow task that closes the run | | the close |

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    machine::execution::size,
    model::{
        EventAttributes, EventId, Header, HistoryEvent, MessageId, MessageKind, Parent,
        ParentClosePolicy, Payloads, RequestId, RunId, SignalName, WorkflowExecution, WorkflowId,
        event::child_workflow,
    },
};

/// A message from one run to another.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// Its name within the run that sends it.
    pub id: MessageId,
    /// The run that sends it.
    pub sender: WorkflowExecution,
    /// The run whose name it bears: the sender, unless that goes on from one that was reset.
    pub origin: RunId,
    /// Whom it is for; without a run id, the latest run.
    pub receiver: WorkflowExecution,
    /// Whether it is only for a child of the sender.
    pub child_workflow_only: bool,
    /// The run that a child of the sender is a child of: the sender, unless that goes on from one that
    /// was reset.
    pub parent_run_id: RunId,
    /// What it says.
    pub content: MessageContent,
    /// The workflow task that asked for it.
    pub(super) task: EventId,
}

/// What a message says.
#[derive(Clone, PartialEq, Debug)]
pub enum MessageContent {
    /// A signal.
    Signal {
        /// Which one.
        name: SignalName,
        /// Its arguments.
        input: Payloads,
        /// What comes with it.
        header: Header,
    },
    /// The wish that the receiver stops.
    RequestCancel {
        /// The reason given.
        reason: String,
    },
    /// The receiver is to begin, as a child of the sender.
    StartChild {
        /// How it begins.
        initiated: Box<child_workflow::Initiated>,
        /// Whose child it is.
        parent: Box<Parent>,
    },
    /// The sender has closed, and the receiver is its child.
    ParentClosed {
        /// What becomes of the child.
        policy: ParentClosePolicy,
    },
    /// The sender is a child of the receiver, and its chain of runs has ended.
    ChildClosed {
        /// The event by which the receiver asked for it.
        initiated_event_id: EventId,
        /// How its last run has closed.
        close: Box<EventAttributes>,
    },
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageOutcome {
    /// The receiver has it, on disk.
    Delivered,
    /// There is no run that it could be for.
    NotFound,
    /// The receiver accepts no further signals.
    TooManySignals,
    /// The id of a child that was to begin is taken.
    AlreadyExists,
    /// Nobody has declared the namespace that the receiver's id names.
    NoNamespace,
}

impl Message {
    /// A message for nobody in particular.
    #[cfg(test)]
    pub(crate) fn new(id: MessageId, sender: WorkflowExecution, content: MessageContent) -> Self {
        Self {
            id,
            origin: sender.run_id,
            parent_run_id: sender.run_id,
            sender,
            receiver: WorkflowExecution::default(),
            child_workflow_only: false,
            content,
            task: EventId::NONE,
        }
    }

    /// The id under which the receiver knows it, however often it comes.
    pub fn request_id(&self) -> RequestId {
        RequestId::from(format!("{}/{}", self.origin, self.id))
    }

    /// The run that its receiver has to be a child of, if it is only for a child.
    pub fn parent(&self) -> WorkflowExecution {
        WorkflowExecution {
            run_id: self.parent_run_id,
            ..self.sender.clone()
        }
    }

    /// Bytes of the user's data in it.
    pub fn size(&self) -> usize {
        match &self.content {
            MessageContent::Signal {
                name,
                input,
                header,
            } => name.as_str().len() + input.size() + header.size(),
            MessageContent::RequestCancel { reason } => reason.len(),
            MessageContent::StartChild { initiated, .. } => size::initiated(initiated),
            MessageContent::ParentClosed { .. } => 0,
            MessageContent::ChildClosed { close, .. } => {
                usize::try_from(size::event(close)).unwrap_or(usize::MAX)
            }
        }
    }

    /// Whether the sender has it to say because it has closed.
    pub fn is_of_close(&self) -> bool {
        match self.content {
            MessageContent::ParentClosed { .. } | MessageContent::ChildClosed { .. } => true,
            // The one that no workflow task asked for.
            MessageContent::Signal { .. } => self.task == EventId::NONE,
            MessageContent::RequestCancel { .. } | MessageContent::StartChild { .. } => false,
        }
    }

    /// The message to another workflow that this event asks for, if it asks for one.
    pub(super) fn caused_by(
        sender: WorkflowExecution,
        origin: RunId,
        event: &HistoryEvent,
    ) -> Option<Self> {
        use EventAttributes as E;
        let id = |kind| MessageId {
            event_id: event.id,
            kind,
        };
        Some(match &event.attributes {
            E::SignalExternalWorkflowExecutionInitiated(it) => Self {
                id: id(MessageKind::Signal),
                parent_run_id: sender.run_id,
                sender,
                origin,
                receiver: it.workflow_execution.clone(),
                child_workflow_only: it.child_workflow_only,
                content: MessageContent::Signal {
                    name: it.signal_name.clone(),
                    input: it.input.clone(),
                    header: it.header.clone(),
                },
                task: it.workflow_task_completed_event_id,
            },
            E::RequestCancelExternalWorkflowExecutionInitiated(it) => Self {
                id: id(MessageKind::RequestCancel),
                parent_run_id: sender.run_id,
                sender,
                origin,
                receiver: it.workflow_execution.clone(),
                child_workflow_only: it.child_workflow_only,
                content: MessageContent::RequestCancel {
                    reason: it.reason.clone(),
                },
                task: it.workflow_task_completed_event_id,
            },
            _ => return None,
        })
    }
}

/// The message that this event says was answered, if it says so.
pub(super) fn settled_by(attributes: &EventAttributes) -> Option<MessageId> {
    use EventAttributes as E;
    let (event_id, kind) = match attributes {
        E::ExternalWorkflowExecutionSignaled(it) => (it.initiated_event_id, MessageKind::Signal),
        E::SignalExternalWorkflowExecutionFailed(it) => {
            (it.initiated_event_id, MessageKind::Signal)
        }
        E::ExternalWorkflowExecutionCancelRequested(it) => {
            (it.initiated_event_id, MessageKind::RequestCancel)
        }
        E::RequestCancelExternalWorkflowExecutionFailed(it) => {
            (it.initiated_event_id, MessageKind::RequestCancel)
        }
        E::ChildWorkflowExecutionStarted(it) => (it.initiated_event_id, MessageKind::StartChild),
        E::StartChildWorkflowExecutionFailed(it) => {
            (it.initiated_event_id, MessageKind::StartChild)
        }
        _ => return None,
    };
    Some(MessageId { event_id, kind })
}

/// The messages of one run that have not been answered.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Outbox {
    messages: BTreeMap<MessageId, Message>,
    /// Those for each execution, in order.
    lines: BTreeMap<WorkflowId, BTreeSet<MessageId>>,
    /// How many there are of each kind, kept because every workflow task asks for it.
    counts: BTreeMap<MessageKind, usize>,
    bytes: u64,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Bytes of the user's data in it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many there are of a kind.
    pub(super) fn count(&self, kind: MessageKind) -> usize {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(&id)
    }

    pub(super) fn add(&mut self, message: Message) {
        self.bytes += bytes(&message);
        let line = self.lines.entry(message.receiver.workflow_id.clone());
        line.or_default().insert(message.id);
        *self.counts.entry(message.id.kind).or_default() += 1;
        self.messages.insert(message.id, message);
    }

    pub(super) fn remove(&mut self, id: MessageId) {
        let Some(message) = self.messages.remove(&id) else {
            return;
        };
        self.bytes -= bytes(&message);
        if let Some(count) = self.counts.get_mut(&id.kind) {
            *count -= 1;
        }
        let receiver = &message.receiver.workflow_id;
        if let Some(line) = self.lines.get_mut(receiver) {
            line.remove(&id);
            if line.is_empty() {
                self.lines.remove(receiver);
            }
        }
    }

    /// Removes what this workflow task asked for.
    pub(super) fn remove_of_task(&mut self, task: EventId) {
        let asked = self.messages.values().filter(|it| it.task == task);
        let asked: Vec<MessageId> = asked.map(|it| it.id).collect();
        for id in asked {
            self.remove(id);
        }
    }

    /// The first message for an execution.
    pub(super) fn first(&self, receiver: &WorkflowId) -> Option<&Message> {
        let line = self.lines.get(receiver)?;
        self.messages.get(line.first()?)
    }

    /// The first message of each line.
    pub(super) fn firsts(&self) -> impl Iterator<Item = &Message> {
        let lines = self.lines.values();
        lines.filter_map(|line| self.messages.get(line.first()?))
    }
}

fn bytes(message: &Message) -> u64 {
    u64::try_from(message.size()).unwrap_or(u64::MAX)
}
