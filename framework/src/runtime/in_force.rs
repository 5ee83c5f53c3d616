//! What operators have set, put into force: in the dispatcher's queues, and at the gates of the shards.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    actor::{Gate, Gates, ShardMail},
    clock::SharedClock,
    dispatch::TaskQueues,
    model::Codecs,
    operator::{QueueView, Setting, Settings, SettingsPort, stored_settings},
    runtime::{StartEngineError, crew::tend_alarms, route::Routes},
    storage::Store,
};

/// Where it is put into force before there are shards, and after.
#[derive(Clone, Debug)]
pub(super) struct Force {
    pub(super) queues: Arc<TaskQueues>,
    pub(super) gates: Arc<Gates>,
    pub(super) clock: SharedClock,
}

impl Force {
    /// Puts into force what is set on a store, before anything is started.
    pub(super) fn of_store(
        store: &Arc<dyn Store>,
        codecs: &Codecs,
        queues: Arc<TaskQueues>,
        clock: SharedClock,
    ) -> Result<(Self, Settings), StartEngineError> {
        let settings = stored_settings(Arc::clone(store) as _, codecs);
        let settings = settings.map_err(StartEngineError::Settings)?;
        let force = Self {
            queues,
            gates: Arc::default(),
            clock,
        };
        for change in settings.changes() {
            force.put(&change);
        }
        Ok((force, settings))
    }

    fn put(&self, change: &Setting) {
        match change {
            Setting::PauseTaskQueue(queue) | Setting::UnpauseTaskQueue(queue) => {
                let is_paused = matches!(change, Setting::PauseTaskQueue(_));
                self.queues.pause(queue, is_paused);
                self.gates.set(Gate::TaskQueue(queue.clone()), is_paused);
            }
            Setting::LimitTaskQueue(queue, options) => {
                self.queues.limit(queue, options.clone(), &self.clock);
            }
            Setting::RestoreTaskQueue(queue) => {
                let options = self.queues.options(queue).unwrap_or_default();
                self.queues.limit(queue, options, &self.clock);
            }
            Setting::PauseWorkflowType(kind) | Setting::UnpauseWorkflowType(kind) => {
                let is_paused = matches!(change, Setting::PauseWorkflowType(_));
                self.gates.set(Gate::WorkflowType(kind.clone()), is_paused);
            }
        }
    }

    /// The same with shards, whose runs go on when a gate is opened.
    pub(super) fn over(self, routes: Routes) -> Arc<dyn SettingsPort> {
        Arc::new(InForce {
            force: self,
            routes,
        })
    }
}

#[derive(Debug)]
struct InForce {
    force: Force,
    routes: Routes,
}

impl SettingsPort for InForce {
    fn put(&self, change: &Setting) {
        self.force.put(change);
        match change {
            Setting::UnpauseTaskQueue(_) | Setting::UnpauseWorkflowType(_) => {
                for shard in self.routes.addresses() {
                    // Bound: one mail of each operator who has just been answered.
                    shard.do_send(ShardMail::GateOpened);
                }
            }
            Setting::LimitTaskQueue(..) | Setting::RestoreTaskQueue(_) => {
                let Force { queues, clock, .. } = &self.force;
                if let Err(error) = tend_alarms(queues, clock) {
                    tracing::error!(%error, "no thread to wake task queues that have a rate");
                }
            }
            Setting::PauseTaskQueue(_) | Setting::PauseWorkflowType(_) => {}
        }
    }

    fn queues(&self) -> Vec<QueueView> {
        let queues = &self.force.queues;
        let loads = queues.loads().into_iter();
        let views = loads.map(|load| QueueView {
            options: queues.options(&load.task_queue).unwrap_or_default(),
            activity_types: queues.types_of(&load.task_queue),
            limits: {
                let accounts = queues.account_loads(&load.task_queue).into_iter();
                accounts.map(Into::into).collect()
            },
            task_queue: load.task_queue,
            attempts: load.attempts,
            waiting: load.waiting,
            waiting_since: load.waiting_since,
        });
        views.collect()
    }
}
