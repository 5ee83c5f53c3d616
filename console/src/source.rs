//! Where the runs are that a console shows: with an engine, or in a store at rest.

use std::time::SystemTime;

use sempre::{
    Engine, Timestamp,
    client::{
        ListRuns, ListRunsError, PatchUse, RunCount, StoreReport, StoredRuns, UntypedHandle,
        WorkflowHandle,
    },
    model::{Identity, Namespace, WorkflowType},
    operator::PausedBy,
    runtime::RegisteredCode,
    supervision::RunProblem,
};

use crate::problem::Problem;

/// Where the runs are.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// With an engine.
    Engine(Engine),
    /// In a store that no engine runs on.
    Store(StoredRuns),
}

impl Source {
    /// The engine, without which there is nothing to show here and nobody to do anything.
    pub(crate) fn engine(&self) -> Result<&Engine, Problem> {
        match self {
            Self::Engine(engine) => Ok(engine),
            Self::Store(_) => Err(Problem::at_rest()),
        }
    }

    /// The same runs as a namespace sees them.
    pub(crate) fn within(&self, namespace: Namespace) -> Result<Self, Problem> {
        Ok(match self {
            Self::Engine(engine) => Self::Engine(
                engine
                    .namespace(namespace)
                    .map_err(|unknown| Problem::not_found(unknown.to_string()))?,
            ),
            Self::Store(runs) => Self::Store(runs.clone().within(namespace)),
        })
    }

    /// The namespace whose runs these are.
    pub(crate) fn namespace(&self) -> &Namespace {
        match self {
            Self::Engine(engine) => engine.namespace_name(),
            Self::Store(runs) => runs.namespace(),
        }
    }

    /// The namespaces that there are; of a store at rest, those that are known here.
    pub(crate) fn namespaces(&self) -> Vec<Namespace> {
        match self {
            Self::Engine(engine) => engine.namespaces(),
            Self::Store(runs) => {
                let mut all = vec![Namespace::default(), runs.namespace().clone()];
                all.dedup();
                all
            }
        }
    }

    pub(crate) fn is_at_rest(&self) -> bool {
        matches!(self, Self::Store(_))
    }

    /// The time that histories go by.
    #[expect(
        clippy::disallowed_methods,
        reason = "of a store at rest there is no engine whose clock could be read"
    )]
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Engine(engine) => engine.now(),
            Self::Store(_) => SystemTime::now().into(),
        }
    }

    /// An execution, in the name of whoever asks.
    pub(crate) fn execution(&self, who: Option<&Identity>, workflow_id: &str) -> UntypedHandle {
        match (self, who) {
            (Self::Engine(engine), Some(who)) => {
                WorkflowHandle::new(engine.service(), who.clone(), workflow_id.into())
            }
            (Self::Engine(engine), None) => engine.execution(workflow_id),
            (Self::Store(runs), _) => runs.execution(workflow_id),
        }
    }

    pub(crate) fn list(&self, filter: &str) -> ListRuns {
        match self {
            Self::Engine(engine) => engine.list(filter),
            Self::Store(runs) => runs.list(filter),
        }
    }

    pub(crate) async fn count(&self, filter: &str) -> Result<RunCount, ListRunsError> {
        match self {
            Self::Engine(engine) => engine.count(filter).await,
            Self::Store(runs) => runs.count(filter).await,
        }
    }

    pub(crate) async fn patches(&self) -> Result<Vec<PatchUse>, ListRunsError> {
        match self {
            Self::Engine(engine) => engine.patches().await,
            Self::Store(runs) => runs.patches().await,
        }
    }

    pub(crate) async fn store_report(&self) -> Result<StoreReport, ListRunsError> {
        match self {
            Self::Engine(engine) => engine.store_report().await,
            Self::Store(runs) => runs.report(self.now()).await,
        }
    }

    /// What operators should look at; of a store at rest, nothing that is known.
    pub(crate) fn needs_attention(&self) -> Vec<RunProblem> {
        match self {
            Self::Engine(engine) => engine.needs_attention(),
            Self::Store(_) => Vec::new(),
        }
    }

    /// The code that is registered; with a store at rest, none.
    pub(crate) fn registered(&self) -> RegisteredCode {
        match self {
            Self::Engine(engine) => engine.registered(),
            Self::Store(_) => RegisteredCode::default(),
        }
    }

    pub(crate) fn paused_workflow_types(&self) -> Vec<(WorkflowType, PausedBy)> {
        match self {
            Self::Engine(engine) => engine.paused_workflow_types(),
            Self::Store(_) => Vec::new(),
        }
    }
}
