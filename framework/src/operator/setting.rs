//! What operators can set, and what is set: a fold over what they have done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    dispatch::TaskQueueOptions,
    model::{Identity, TaskQueue, Timestamp, WorkflowType},
    operator::AuditEntry,
};

/// A change of what is set.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Setting {
    /// Nothing of this queue is begun.
    PauseTaskQueue(TaskQueue),
    /// It goes on.
    UnpauseTaskQueue(TaskQueue),
    /// The queue has these options, whatever the code says.
    LimitTaskQueue(TaskQueue, TaskQueueOptions),
    /// It has those of the code again.
    RestoreTaskQueue(TaskQueue),
    /// Nothing of runs of this type is begun.
    PauseWorkflowType(WorkflowType),
    /// They go on.
    UnpauseWorkflowType(WorkflowType),
}

impl Setting {
    /// What it is, in words.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            Self::PauseTaskQueue(_) => "pause task queue",
            Self::UnpauseTaskQueue(_) => "unpause task queue",
            Self::LimitTaskQueue(..) => "limit task queue",
            Self::RestoreTaskQueue(_) => "restore task queue",
            Self::PauseWorkflowType(_) => "pause workflow type",
            Self::UnpauseWorkflowType(_) => "unpause workflow type",
        }
    }

    /// What it is about.
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::PauseTaskQueue(queue)
            | Self::UnpauseTaskQueue(queue)
            | Self::LimitTaskQueue(queue, _)
            | Self::RestoreTaskQueue(queue) => queue.as_str(),
            Self::PauseWorkflowType(kind) | Self::UnpauseWorkflowType(kind) => kind.as_str(),
        }
    }
}

/// Who has paused something, when and why.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PausedBy {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Identity,
    /// Why.
    pub reason: String,
}

impl From<&AuditEntry> for PausedBy {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            at: entry.at,
            who: entry.who.clone(),
            reason: entry.reason.clone(),
        }
    }
}

/// All that operators have set.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) paused_queues: BTreeMap<TaskQueue, PausedBy>,
    pub(crate) queue_options: BTreeMap<TaskQueue, TaskQueueOptions>,
    pub(crate) paused_types: BTreeMap<WorkflowType, PausedBy>,
}

impl Settings {
    /// Takes in what somebody has done.
    ///
    /// What is paused already stays so, for the reason that was given first.
    pub(super) fn apply(&mut self, entry: &AuditEntry) {
        let Some(setting) = &entry.setting else {
            return;
        };
        match setting.clone() {
            Setting::PauseTaskQueue(queue) => {
                let paused = self.paused_queues.entry(queue);
                paused.or_insert_with(|| entry.into());
            }
            Setting::UnpauseTaskQueue(queue) => drop(self.paused_queues.remove(&queue)),
            Setting::LimitTaskQueue(queue, options) => {
                self.queue_options.insert(queue, options);
            }
            Setting::RestoreTaskQueue(queue) => drop(self.queue_options.remove(&queue)),
            Setting::PauseWorkflowType(kind) => {
                let paused = self.paused_types.entry(kind);
                paused.or_insert_with(|| entry.into());
            }
            Setting::UnpauseWorkflowType(kind) => drop(self.paused_types.remove(&kind)),
        }
    }

    /// Everything that is set, as changes of an engine that is as its code says.
    pub(crate) fn changes(&self) -> Vec<Setting> {
        let queues = self.paused_queues.keys().cloned();
        let options = self.queue_options.iter();
        let types = self.paused_types.keys().cloned();
        let limits = options.map(|(queue, it)| Setting::LimitTaskQueue(queue.clone(), it.clone()));
        let pauses = queues.map(Setting::PauseTaskQueue);
        let all = limits.chain(pauses);
        all.chain(types.map(Setting::PauseWorkflowType)).collect()
    }
}
