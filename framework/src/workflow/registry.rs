//! The workflow types that a process can run.

use std::collections::BTreeMap;

use derive_more::Debug;

use crate::{
    machine::replay::Program,
    model::WorkflowType,
    workflow::{Driver, WorkflowHandlers},
};

/// Makes a program that has been told nothing yet.
pub type ProgramFactory = fn() -> Box<dyn Program>;

/// The workflow types that a process can run, each with what makes a program of it.
#[derive(Clone, Debug, Default)]
pub struct WorkflowRegistry {
    #[debug("{:?}", factories.keys())]
    factories: BTreeMap<WorkflowType, ProgramFactory>,
}

impl WorkflowRegistry {
    /// Adds a workflow; returns whether its type was registered already, and is now replaced.
    pub fn register<W: WorkflowHandlers>(&mut self) -> bool {
        let factory: ProgramFactory = || Box::new(Driver::<W>::new());
        self.factories
            .insert(WorkflowType::from(W::TYPE), factory)
            .is_some()
    }

    /// What makes a program of this type.
    pub fn find(&self, workflow_type: &WorkflowType) -> Option<ProgramFactory> {
        self.factories.get(workflow_type).copied()
    }

    /// The registered types.
    pub fn types(&self) -> impl Iterator<Item = &WorkflowType> {
        self.factories.keys()
    }
}
