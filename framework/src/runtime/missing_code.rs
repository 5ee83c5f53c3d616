//! Code, and namespaces, that open runs need and that are not registered.

use std::collections::BTreeMap;

use derive_more::Display;

use crate::{
    actor,
    dispatch::TaskQueues,
    model::{
        ActivityType, Namespace, Namespaces, TaskQueue, Wake, WorkflowId, WorkflowType,
        WorkflowVersion,
    },
    storage::{ReadStore, RunEntry, StorageError, StorageErrorKind},
    workflow::WorkflowRegistry,
};

/// Bound: runs whose pending activities are looked at where nobody has asked for certainty.
const SAMPLE_MAX: usize = 1_000;

/// Code that open runs of a workflow need and that is not registered.
#[derive(Clone, PartialEq, Eq, Debug, Display)]
#[display("{code} runs={runs} example_workflow_id={example}")]
#[non_exhaustive]
pub struct MissingCode {
    /// What is not registered.
    pub code: UnregisteredCode,
    /// How many open runs need it.
    pub runs: u64,
    /// One of these.
    pub example: WorkflowId,
}

/// What is not registered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Display)]
#[non_exhaustive]
pub enum UnregisteredCode {
    /// A workflow. Register it.
    #[display("workflow type is not registered workflow_type={workflow_type}")]
    WorkflowType {
        /// Its type.
        workflow_type: WorkflowType,
    },
    /// A version of a workflow of which others are registered. Register it beside them.
    #[display("workflow version is not registered workflow_type={workflow_type} version={version}")]
    WorkflowVersion {
        /// The workflow's type.
        workflow_type: WorkflowType,
        /// The version.
        version: WorkflowVersion,
    },
    /// A namespace, without which nobody can ask for the run, and whose rules do not hold for it.
    /// [Declare](crate::EngineBuilder::namespace) it.
    #[display("namespace is not declared namespace={namespace}")]
    Namespace {
        /// Its name.
        namespace: Namespace,
    },
    /// An activity that is pending. Register it on its task queue.
    #[display(
        "activity type is not registered workflow_type={workflow_type} activity_type={activity_type} task_queue={task_queue}"
    )]
    ActivityType {
        /// The type of the workflow that waits for it.
        workflow_type: WorkflowType,
        /// The activity's type.
        activity_type: ActivityType,
        /// Where it is looked for.
        task_queue: TaskQueue,
    },
}

/// How closely pending activities are looked at, for which all records of a run have to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Closeness {
    /// Not at all.
    Workflows,
    /// Those of runs that are about to be read anyway, because something is due in them, and of a
    /// bounded number of them.
    Sample,
    /// All of them.
    All,
}

/// The code that is registered, and what open runs need of that which is not.
pub(super) struct CodeCheck<'c> {
    programs: &'c WorkflowRegistry,
    queues: &'c TaskQueues,
    namespaces: &'c Namespaces,
    closeness: Closeness,
    sampled: usize,
    missing: BTreeMap<UnregisteredCode, (u64, WorkflowId)>,
}

impl<'c> CodeCheck<'c> {
    pub(super) fn new(
        programs: &'c WorkflowRegistry,
        queues: &'c TaskQueues,
        namespaces: &'c Namespaces,
        closeness: Closeness,
    ) -> Self {
        Self {
            programs,
            queues,
            namespaces,
            closeness,
            sampled: 0,
            missing: BTreeMap::new(),
        }
    }

    /// Looks at an open run. One that cannot be read is passed over: it has a problem of its own.
    pub(super) fn look(
        &mut self,
        store: &(impl ReadStore + ?Sized),
        entry: &RunEntry,
        wake: Wake,
    ) -> Result<(), StorageError> {
        match self.look_at(store, entry, wake) {
            Err(error) if error.kind() == StorageErrorKind::Corrupt => Ok(()),
            looked => looked,
        }
    }

    fn look_at(
        &mut self,
        store: &(impl ReadStore + ?Sized),
        entry: &RunEntry,
        wake: Wake,
    ) -> Result<(), StorageError> {
        let namespace = entry.execution.workflow_id.namespace();
        if self.namespaces.get(&namespace).is_none() {
            self.miss(UnregisteredCode::Namespace { namespace }, entry);
        }
        let workflow_type = &entry.workflow_type;
        if self.programs.find(workflow_type, None).is_none() {
            let workflow_type = workflow_type.clone();
            self.miss(UnregisteredCode::WorkflowType { workflow_type }, entry);
            return Ok(());
        }
        let indexed = entry.version();
        let has_version = |version| self.programs.find(workflow_type, version).is_some();
        let lacks_indexed = !has_version(Some(indexed.unwrap_or(WorkflowVersion::FIRST)));
        if !lacks_indexed && !self.looks_closely(wake) {
            return Ok(());
        }
        // The index does not tell the first version from none yet.
        let state = actor::read_state(store, entry.execution.run_id)?;
        if let Some(version) = state.version()
            && !has_version(Some(version))
        {
            let workflow_type = workflow_type.clone();
            let code = UnregisteredCode::WorkflowVersion {
                workflow_type,
                version,
            };
            self.miss(code, entry);
        }
        let mut lacking: Vec<_> = state
            .pending_activities()
            .filter(|activity| !activity.is_handed_over())
            .map(|activity| {
                (
                    &activity.scheduled.task_queue,
                    &activity.scheduled.activity_type,
                )
            })
            .filter(|(queue, kind)| !self.queues.has(queue, kind))
            .collect();
        lacking.sort_unstable();
        lacking.dedup();
        for (task_queue, activity_type) in lacking {
            let code = UnregisteredCode::ActivityType {
                workflow_type: workflow_type.clone(),
                activity_type: activity_type.clone(),
                task_queue: task_queue.clone(),
            };
            self.miss(code, entry);
        }
        Ok(())
    }

    fn looks_closely(&mut self, wake: Wake) -> bool {
        match self.closeness {
            Closeness::Workflows => false,
            Closeness::All => true,
            Closeness::Sample => {
                let looks = wake.at_once && self.sampled < SAMPLE_MAX;
                self.sampled += usize::from(looks);
                looks
            }
        }
    }

    fn miss(&mut self, code: UnregisteredCode, entry: &RunEntry) {
        let example = || (0, entry.execution.workflow_id.clone());
        self.missing.entry(code).or_insert_with(example).0 += 1;
    }

    /// What is missing: workflows, versions, activities, each in the order of their names.
    pub(super) fn missing(self) -> Vec<MissingCode> {
        let missing = self.missing.into_iter();
        let missing = missing.map(|(code, (runs, example))| MissingCode {
            code,
            runs,
            example,
        });
        missing.collect()
    }
}
