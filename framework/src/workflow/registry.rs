//! The workflow types that a process can run, in their versions.

use std::collections::BTreeMap;

use derive_more::Debug;

use crate::{
    interceptor::Interceptors,
    machine::replay::Program,
    model::{Codecs, WorkflowType, WorkflowVersion},
    workflow::{Driver, WorkflowHandlers, coded::CodedProgram},
};

/// Makes programs that have been told nothing yet.
#[derive(Clone, Debug)]
pub struct ProgramFactory {
    #[debug(skip)]
    code: fn(Interceptors) -> Box<dyn Program>,
    codecs: Codecs,
    interceptors: Interceptors,
}

impl ProgramFactory {
    /// What makes programs of this workflow's code, whose payloads these codecs encode.
    pub fn of<W: WorkflowHandlers>(codecs: Codecs) -> Self {
        Self {
            code: |interceptors| Box::new(Driver::<W>::intercepted(interceptors)),
            codecs,
            interceptors: Interceptors::NONE,
        }
    }

    /// A program.
    pub fn make(&self) -> Box<dyn Program> {
        CodedProgram::of((self.code)(self.interceptors.clone()), &self.codecs)
    }
}

/// The names of the messages that a workflow takes, each kind in the order of its code.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct MessageNames {
    /// Of its signals.
    pub signals: Vec<&'static str>,
    /// Of its queries.
    pub queries: Vec<&'static str>,
    /// Of its updates.
    pub updates: Vec<&'static str>,
}

impl MessageNames {
    fn of<W: WorkflowHandlers>() -> Self {
        Self {
            signals: W::SIGNALS.iter().map(|it| it.name).collect(),
            queries: W::QUERIES.iter().map(|it| it.name).collect(),
            updates: W::UPDATES.iter().map(|it| it.name).collect(),
        }
    }
}

/// The code of one version of a workflow type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkflowCode {
    /// Makes programs of it.
    pub factory: ProgramFactory,
    /// The version, if the code states it.
    pub version: Option<WorkflowVersion>,
    /// Says which messages it takes.
    #[debug(skip)]
    pub messages: fn() -> MessageNames,
}

/// The workflow types that a process can run, each with what makes a program of it.
#[derive(Clone, Debug, Default)]
pub struct WorkflowRegistry {
    types: BTreeMap<WorkflowType, BTreeMap<WorkflowVersion, WorkflowCode>>,
    codecs: Codecs,
}

impl WorkflowRegistry {
    /// Adds a workflow; returns whether this version of its type was registered already, and is now
    /// replaced.
    pub fn register<W: WorkflowHandlers>(&mut self) -> bool {
        let code = WorkflowCode {
            factory: ProgramFactory::of::<W>(self.codecs.clone()),
            version: W::VERSION,
            messages: MessageNames::of::<W>,
        };
        let versions = self.types.entry(WorkflowType::from(W::TYPE)).or_default();
        versions.insert(version_of::<W>(), code).is_some()
    }

    /// Whether this workflow, or another one of the same type and version, is registered.
    pub fn contains<W: WorkflowHandlers>(&self) -> bool {
        self.find(&WorkflowType::from(W::TYPE), Some(version_of::<W>()))
            .is_some()
    }

    /// The code for a run of this type that stays with this version; the newest for a run that may
    /// begin with any.
    pub fn find(
        &self,
        workflow_type: &WorkflowType,
        version: Option<WorkflowVersion>,
    ) -> Option<WorkflowCode> {
        let versions = self.types.get(workflow_type)?;
        let code = match version {
            Some(version) => versions.get(&version),
            None => versions.values().next_back(),
        };
        code.cloned()
    }

    /// Has these codecs encode the payloads of all programs, those registered before as well.
    pub fn encode_with(&mut self, codecs: Codecs) {
        let versions = self.types.values_mut().flatten();
        versions.for_each(|(_, code)| code.factory.codecs = codecs.clone());
        self.codecs = codecs;
    }

    /// Has these be told of the calls of all programs that are registered.
    pub fn intercept_with(&mut self, interceptors: &Interceptors) {
        let versions = self.types.values_mut().flatten();
        versions.for_each(|(_, code)| code.factory.interceptors = interceptors.clone());
    }

    /// What the payloads of the programs are encoded with.
    pub fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    /// The code that is registered: each type in its versions, the first one first.
    pub fn codes(&self) -> impl Iterator<Item = (&WorkflowType, WorkflowVersion, WorkflowCode)> {
        self.types.iter().flat_map(|(workflow_type, versions)| {
            let versions = versions.iter();
            versions.map(move |(version, code)| (workflow_type, *version, code.clone()))
        })
    }

    /// The registered types.
    pub fn types(&self) -> impl Iterator<Item = &WorkflowType> {
        self.types.keys()
    }
}

/// The version of a workflow's code.
fn version_of<W: WorkflowHandlers>() -> WorkflowVersion {
    W::VERSION.unwrap_or(WorkflowVersion::FIRST)
}
